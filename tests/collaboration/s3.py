"""As much of an S3 server on loopback as an object store needs: objects, parts, ranges, lists. It takes any signature."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

WRITTEN = "2020-01-01T00:00:00.000Z"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def _take(self) -> tuple[str, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return unquote(parts.path).lstrip("/").partition("/")[2], query, body

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self) -> None:
        key, query, body = self._take()
        if "partNumber" in query:
            self.server.parts.setdefault(query["uploadId"], {})[int(query["partNumber"])] = body
        else:
            self.server.objects[key] = body
        self._answer(200, ETag='"1"')

    def do_POST(self) -> None:
        key, query, body = self._take()
        if "delete" in query:
            gone = re.findall("<Key>(.*?)</Key>", body.decode())
            for name in gone:
                self.server.objects.pop(unescape(name), None)
            told = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in gone)
            self._answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())
            return
        if "uploads" in query:
            upload = f"u{len(self.server.parts)}"
            self.server.parts[upload] = {}
            self._answer(
                200,
                f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>".encode(),
            )
            return
        found = self.server.parts.pop(query["uploadId"])
        self.server.objects[key] = b"".join(found[number] for number in sorted(found))
        self._answer(200, b"<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>")

    def do_DELETE(self) -> None:
        key, query, _ = self._take()
        if "uploadId" in query:
            self.server.parts.pop(query["uploadId"], None)
        else:
            self.server.objects.pop(key, None)
        self._answer(204)

    def do_GET(self) -> None:
        key, query, _ = self._take()
        if "list-type" in query:
            names = sorted(name for name in self.server.objects if name.startswith(query.get("prefix", "")))
            items = "".join(
                f"<Contents><Key>{escape(name)}</Key><LastModified>{WRITTEN}</LastModified><ETag>1</ETag>"
                f"<Size>{len(self.server.objects[name])}</Size></Contents>"
                for name in names
            )
            self._answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode())
            return
        if key not in self.server.objects:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        whole = self.server.objects[key]
        about = {"ETag": '"1"', "Last_Modified": "Wed, 01 Jan 2020 00:00:00 GMT"}
        if (asked := self.headers.get("Range")) is not None:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            at = int(first) if first else len(whole) - int(last)
            end = min(int(last), len(whole) - 1) if first and last else len(whole) - 1
            self._answer(206, whole[at : end + 1], Content_Range=f"bytes {at}-{end}/{len(whole)}", **about)
            return
        self._answer(200, whole, **about)

    def do_HEAD(self) -> None:
        self.do_GET()


@contextmanager
def s3() -> Iterator[Any]:
    """A server whose `objects` are what it holds, by key; `url` is its endpoint."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.objects, server.parts = {}, {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
