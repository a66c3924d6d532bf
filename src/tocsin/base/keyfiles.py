"""Files that hold a key: written once, whole, for ourselves alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def keep_once(path: Path, content: bytes) -> None:
    """Write a file that only we can read, unless there is one. Of several processes at once the first one's stays.

    Raises `OSError`.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink(missing_ok=True)
