"""Thumbnails: a picture made small and written anew, so that nothing of the original's bytes is in it."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from tocsin.collaboration.rules.suspicion import MOST_PIXELS

TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What thumbnails are made of."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
MOST_BYTES = 50_000_000
"""Bytes of a picture that is read into memory for its thumbnail."""
THUMBNAIL_TYPE = "image/webp"
EDGE = 480
"""Pixels of the longer side: sharp on dense screens at half of it."""
Image.MAX_IMAGE_PIXELS = 4 * MOST_PIXELS
"""Pillow's own fence, behind ours: it counts before anything is decoded."""


def may_have_thumbnail(mime_type: str, size: int) -> bool:
    """Whether it is worth trying to make a thumbnail of a file."""
    return mime_type in TYPES and size <= MOST_BYTES


def thumbnail(content: bytes) -> bytes | None:
    """A small picture of a picture; None for what is none, or has so many pixels that decoding it costs too much.

    Takes a moment of the processor: run it in a thread.
    """
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return None
            opened.draft("RGB", (2 * EDGE, 2 * EDGE))  # a JPEG is decoded at an eighth where that is enough
            picture = opened.convert("RGBA") if opened.mode in ("P", "1") else opened
            picture.thumbnail((EDGE, EDGE))
            upright = ImageOps.exif_transpose(picture)
            small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        return None
    except (KeyError, IndexError, TypeError, struct.error, MemoryError, OverflowError):
        return None  # what decoders make of files that were made to break them
    out = BytesIO()
    small.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()
