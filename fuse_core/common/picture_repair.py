"""Pictures whose pixels are whole though their files are not quite."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"
PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"eXIf"}
JPEG, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
# Entropy-coded data of no pattern, without 0xFF, which begins a marker.
FILLER = bytes(k * 151 % 255 for k in range(1, 255))


def repaired(file: BinaryIO, decode: Callable[[bytes], Image.Image]) -> Image.Image | None:
    """The picture of a file that a decoder refused; None where its pixels are not all there, or of another format.

    Raises
    ------
    Exception
        Whatever ``decode`` raises.
    """
    file.seek(0)
    start = file.read(len(PNG))
    if start.startswith(PNG):
        return decode(without_metadata(start + file.read()))
    if start.startswith(JPEG):
        return with_end(start + file.read(), decode)
    return None


def without_metadata(png: bytes) -> bytes:
    """A PNG file without the chunks that are no pixels: on their sizes Pillow has limits, and some are broken."""
    kept, start = [PNG], len(PNG)
    while start < len(png):
        end = start + 12 + int.from_bytes(png[start : start + 4])  # length, name, content, check sum
        if png[start + 4 : start + 8] in PNG_PIXELS:
            kept.append(png[start:end])
        start = end
    return b"".join(kept)


def with_end(jpeg: bytes, decode: Callable[[bytes], Image.Image]) -> Image.Image | None:
    """The picture of a JPEG file that lost its end mark; None where pixels went with it.

    Given the mark, the decoder makes up what pixels are missing and says nothing. Where none are, it reads no further
    than the last of them: other data before the mark changes nothing.
    """
    rest = jpeg.rstrip(b"\xff")
    picture, other = decode(rest + JPEG_END), decode(rest + FILLER + JPEG_END)
    return picture if picture.tobytes() == other.tobytes() else None
