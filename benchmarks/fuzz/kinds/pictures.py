"""Files of pictures: those of the tests, and small ones of every format, changed."""

from __future__ import annotations

import io
from pathlib import Path

from hypothesis import strategies as st
from PIL import Image

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutations import changed_bytes
from fuse_core.common.pictures import open_picture, to_data_url
from fuse_core.common.storage import assets_folder
from tests.fuse_core.tiny_models import picture

CASES = Path(__file__).parents[3] / "tests" / "data" / "cases"
SMALL = 30_000  # bytes
# Mode, format, options.
WAYS = (
    ("RGB", "JPEG", {"quality": 50}),
    ("RGB", "JPEG", {"progressive": True}),
    ("CMYK", "JPEG", {}),
    ("L", "JPEG", {}),
    ("RGB", "PNG", {}),
    ("RGBA", "PNG", {}),
    ("P", "PNG", {"bits": 4}),
    ("I;16", "PNG", {}),
    ("1", "PNG", {}),
    ("P", "GIF", {}),
    ("RGB", "WEBP", {"lossless": True}),
    ("RGBA", "WEBP", {}),
    ("RGB", "BMP", {}),
    ("F", "TIFF", {}),
    ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    ("CMYK", "TIFF", {"compression": "tiff_deflate"}),
    ("RGB", "PPM", {}),
    ("RGB", "ICO", {}),
    ("RGB", "TGA", {}),
)


def seeds() -> list[bytes]:
    """Small files of every way to write a picture, and those that were trouble once."""
    found = [path.read_bytes() for path in sorted(CASES.iterdir()) if path.suffix in (".jpg", ".png")]
    with Image.open(next(iter(sorted((assets_folder() / "images").glob("*.jpg"))))) as whole:
        scene = whole.convert("RGB").resize((96, 64))
    for mode, kind, options in WAYS:
        for image in (scene, picture()):
            buffer = io.BytesIO()
            image.convert("L" if mode == "I;16" else mode).convert(mode).save(buffer, kind, **options)
            found.append(buffer.getvalue())
    frames, buffer = [picture(k) for k in range(3)], io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return [content for content in (*found, buffer.getvalue()) if len(content) < SMALL]


def reader():
    def read(content: bytes) -> None:
        image = open_picture(content)
        assert image.mode == "RGB"
        to_data_url(image)

    return read


def inputs() -> st.SearchStrategy[bytes]:
    return changed_bytes(seeds())


KIND = Kind("pictures", "Pictures", 1, 10_000, inputs, reader)
