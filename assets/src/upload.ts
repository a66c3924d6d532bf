// A stand-in for fetch that tells how much of a form has been sent: fetch itself does not.

export function sending(report: (part: number) => void): typeof fetch {
  return (input, init) =>
    new Promise<Response>((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(init?.method ?? "POST", String(input));
      for (const [name, value] of Object.entries((init?.headers ?? {}) as Record<string, string>)) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) report(event.loaded / event.total);
      });
      request.addEventListener("load", () => resolve(new Response(request.responseText, { status: request.status, headers: headers(request) })));
      request.addEventListener("error", () => reject(new TypeError("network")));
      request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      init?.signal?.addEventListener("abort", () => request.abort());
      request.send(init?.body as XMLHttpRequestBodyInit);
    });
}

function headers(request: XMLHttpRequest): Headers {
  const found = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const cut = line.indexOf(":");
    if (cut > 0) found.append(line.slice(0, cut).trim(), line.slice(cut + 1).trim());
  }
  return found;
}
