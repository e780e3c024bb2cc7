"""What a hostile visitor tries with pictures: files of a few bytes that are gigabytes once decoded, alone and together.

One may be taken, where it costs little: what it held is told of every attack, and a gigabyte is too much.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from PIL import Image

from benchmarks.attacks import Attack, Harmed, Target, png

SIDE = 8_000  # pixels: 64 million in all, the most that is decoded
SOON = 15.0  # seconds, on a busy machine; one is decoded at a time
TOGETHER = 4  # pictures sent at once


@cache
def _webp(side: int) -> bytes:
    return _saved(Image.new("RGBA", (side, side), (0, 0, 0, 0)), "WEBP", lossless=True)


@cache
def _tiff(mode: str) -> bytes:
    return _saved(Image.new(mode, (SIDE, SIDE), 1), "TIFF", compression="tiff_adobe_deflate")


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


PICTURES: dict[str, tuple[str, Callable[[], bytes]]] = {
    f"a transparent WebP of {SIDE:,} x {SIDE:,} pixels": ("a.webp", lambda: _webp(SIDE)),
    "a transparent WebP of 5,600 x 5,600 pixels, as many as are decoded": ("a.webp", lambda: _webp(5_600)),
    f"a TIFF of {SIDE:,} x {SIDE:,} floating-point numbers": ("a.tif", lambda: _tiff("F")),
    f"a TIFF of {SIDE:,} x {SIDE:,} numbers of 32 bits": ("a.tif", lambda: _tiff("I")),
    f"a PNG of {SIDE:,} x {SIDE:,} pixels": ("a.png", lambda: png(SIDE, SIDE)),
    "a PNG of 1 x 64,000,000 pixels": ("a.png", lambda: png(1, 64_000_000)),
}


def picture_attacks() -> list[Attack]:
    """All of them."""
    alone = [
        Attack(f"{what}, as the picture", lambda t, file=file: _chosen(t, *file)) for what, file in PICTURES.items()
    ]
    return [*alone, Attack(f"{TOGETHER} such pictures at once", _together)]


def _chosen(target: Target, name: str, content: Callable[[], bytes], seconds: float = SOON) -> str:
    """Upload a picture and choose it on a page of its own."""
    visit, data = target.visit(), content()
    uploaded = visit.upload(target.file(f"{visit.session}-{name}", data), name)
    began = time.monotonic()
    visit.set("picture", uploaded)
    answer = visit.do("picture", "upload")
    if (took := time.monotonic() - began) > seconds:
        raise Harmed(f"It took {took:.1f} s.")
    if answer.error or answer.notices:
        return answer.text
    return f"{len(data):,} bytes, taken in {took:.1f} s: {answer.text}"


def _together(target: Target) -> str:
    files = [PICTURES[what] for what in PICTURES if "5,600" in what or "floating" in what] * TOGETHER
    for _, content in files:
        content()
    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = pool.map(lambda file: _chosen(target, *file, seconds=TOGETHER * SOON), files[:TOGETHER])
    return "; ".join(answers)
