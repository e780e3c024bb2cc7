"""Opening pictures of any kind as RGB, or saying in one sentence why not."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fuse_core.common.errors import UserError

MAX_PIXELS = 64_000_000
MAX_SIDE = 1024
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


def open_picture(source: Path | str | bytes) -> Image.Image:
    """A picture as RGB, upright, at most 1,024 pixels a side.

    Greyscale, 16-bit, CMYK and palette pictures are converted, transparency is laid on white, EXIF rotation is
    applied, and of an animation the first frame is taken.

    Raises
    ------
    UserError
        When the file is empty, truncated, no picture, or has more than 64 million pixels.
    """
    name = "The file" if isinstance(source, bytes) else f"'{Path(source).name}'"
    if not isinstance(source, bytes) and (path := Path(source)).exists() and not (path.is_file() or path.is_dir()):
        raise UserError(f"{name} is a device or pipe, no file.", "Choose a picture.")  # reading it might never end
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise _unreadable(name, error) from error
    if not data:
        raise UserError(f"{name} is empty (0 bytes).", "Choose another picture.")
    try:
        with warnings.catch_warnings():
            # Of large pictures from 89 megapixels on, where our own limit is lower, and of damage it can live with.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            picture = Image.open(io.BytesIO(data))
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large(name, f"{picture.width:,} x {picture.height:,} pixels")
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            picture.load()
            return _normalise(picture)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far too many pixels") from error
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not a picture.", "Choose a JPEG, PNG, WebP, GIF, BMP or TIFF file.") from error
    except Exception as error:  # on damaged data Pillow's decoders raise whatever they stumble over
        raise UserError(f"{name} is damaged or cut short.", "Choose another copy of the picture.") from error


def _unreadable(name: str, error: OSError) -> UserError:
    return UserError(f"{name} could not be read ({(error.strerror or 'unknown reason').lower()}).")


def _too_large(name: str, size: str) -> UserError:
    limit = MAX_PIXELS // 1_000_000
    return UserError(f"{name} has {size}; the limit is {limit} million.", "Scale it down and try again.")


def _normalise(picture: Image.Image) -> Image.Image:
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _to_eight_bits(picture)
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered)
    picture = picture.convert("RGB")
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return picture


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture, dtype=np.float64)
    # 16-bit files use the whole range 0 to 65535; plain integer and float files say nothing of theirs.
    if picture.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    else:
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    span = (high - low) or 1.0
    return Image.fromarray(((values - low) / span * 255).round().astype(np.uint8))


def to_data_url(picture: Image.Image, side: int = 512) -> str:
    """A picture as a PNG data URL, scaled down to ``side`` pixels."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def from_data_url(url: str) -> Image.Image:
    """The picture of a data URL.

    Raises
    ------
    UserError
        When the text is no data URL of a picture.
    """
    try:
        data = base64.b64decode(url.partition("base64,")[2], validate=True)
    except ValueError as error:
        raise UserError("The saved picture is damaged.", "Load another session file.") from error
    return open_picture(data)


def list_pictures(folder: Path) -> list[Path]:
    """Picture files of a folder, by name.

    Raises
    ------
    UserError
        When there are none, or the folder cannot be read.
    """
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
    except OSError as error:
        raise _unreadable(f"'{folder}'", error) from error
    if not found:
        raise UserError(f"There are no pictures in '{folder}'.", f"Known endings: {', '.join(SUFFIXES)}.")
    return found
