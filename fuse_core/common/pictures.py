"""Opening pictures of any kind as RGB, or saying in one sentence why not."""

from __future__ import annotations

import base64
import hashlib
import io
import stat
import threading
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from fuse_core.common.errors import UserError
from fuse_core.common.picture_bands import converted
from fuse_core.common.picture_depth import brighten_deep_colours, to_eight_bits, value_range
from fuse_core.common.picture_repair import repaired
from fuse_core.common.text_files import shown_name

# Of large pictures from 89 megapixels on, where our own limit is lower, and of damage it can live with. Once and for
# all: warnings cannot be silenced for one thread.
warnings.filterwarnings("ignore", module=r"PIL\.")

MAX_BYTES = 400_000_000  # what 64 million pixels come to at 16 bits a colour
MAX_PIXELS = 64_000_000
MAX_REDUCED_PIXELS = 256_000_000  # of JPEGs that the decoder scales down as it reads them line by line
MAX_WHOLE_PIXELS = 32_000_000  # of formats that are decoded as a whole, which takes three times the memory
DECODED_WHOLE = {"WEBP", "AVIF"}
MAX_LENGTH = 65_535  # pixels a side, what JPEG allows: of a strip of single pixels each row costs more than its pixels
MAX_SIDE = 1024
_ONE_AT_A_TIME = threading.Lock()  # so that pictures that come together do not need their memory together
# Formats that Pillow only knows by sight, or hands over to another program.
NOT_DECODED = {"BUFR", "EPS", "FPX", "GRIB", "HDF5", "MIC", "MPEG", "WMF"}
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(source: Path | str | bytes) -> Image.Image:
    """A picture as RGB, upright, at most 1,024 pixels a side.

    Greyscale, 16-bit, CMYK and palette pictures are converted, transparency is laid on white, EXIF rotation is
    applied, and of an animation the first frame is taken. Broken metadata is no damage, nor is a lost end mark.

    Raises
    ------
    UserError
        When the file is empty, truncated, no picture, or larger than 400 MB, 65,535 pixels a side or 64 million
        pixels; of JPEGs that are not progressive, 256 million, of WebP and AVIF 32 million.
    """
    name = "The file" if isinstance(source, bytes) else f"'{shown_name(Path(source))}'"
    try:
        opened = io.BytesIO(source) if isinstance(source, bytes) else open_picture_file(Path(source))
        with opened as file, _ONE_AT_A_TIME:
            return _decode(file, name)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far too many pixels", MAX_PIXELS) from error
    except UnidentifiedImageError as error:
        raise UserError(f"{name} is not a picture.", "Choose a JPEG, PNG, WebP, GIF, BMP or TIFF file.") from error
    except MemoryError as error:
        raise UserError(f"There is not enough memory to open {name}.", "Scale it down and try again.") from error
    except Exception as error:  # on damaged data Pillow's decoders raise whatever they stumble over
        raise UserError(f"{name} is damaged or cut short.", "Choose another copy of the picture.") from error


def open_picture_file(path: Path) -> io.BufferedReader:
    """The file of a picture, to be read as far as needed.

    Raises
    ------
    UserError
        When it cannot be read, is empty, far too large, or a device that might be read without end.
    """
    name = f"'{shown_name(path)}'"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise UserError(f"{name} is a device or pipe, no file.", "Choose a picture.")
        if status.st_size > MAX_BYTES:
            size, limit = (f"{n / 1e6:,.0f}" for n in (status.st_size, MAX_BYTES))
            raise UserError(f"{name} has {size} MB; the limit is {limit} MB.", "Scale it down and try again.")
        return path.open("rb")
    except OSError as error:
        raise _unreadable(name, error) from error


def content_hash(path: Path) -> str:
    """SHA-256 of a picture's file, in hexadecimal.

    Raises
    ------
    UserError
        As ``open_picture_file`` does.
    """
    with open_picture_file(path) as file:
        try:
            return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(f"'{shown_name(path)}'", error) from error


def _unreadable(name: str, error: OSError) -> UserError:
    return UserError(f"{name} could not be read ({(error.strerror or 'unknown reason').lower()}).")


def _too_large(name: str, size: str, limit: int) -> UserError:
    return UserError(f"{name} has {size}; the limit is {limit // 1_000_000} million.", "Scale it down and try again.")


def _decode(file: BinaryIO, name: str) -> Image.Image:
    if not file.read(1):
        raise UserError(f"{name} is empty (0 bytes).", "Choose another picture.")
    try:
        return _normalise(_load(file, name))
    except (UserError, Image.DecompressionBombError, MemoryError):
        raise
    except Exception:
        picture = repaired(file, lambda data: _load(io.BytesIO(data), name))
        if picture is None:
            raise
        return _normalise(picture)


def _load(file: BinaryIO, name: str) -> Image.Image:
    """The picture with its pixels; a JPEG scaled down to about what is needed."""
    picture = _identify(file)
    reduced = isinstance(picture, JpegImageFile) and not picture.info.get("progressive")
    limit = MAX_REDUCED_PIXELS if reduced else MAX_WHOLE_PIXELS if picture.format in DECODED_WHOLE else MAX_PIXELS
    size = f"{picture.width:,} x {picture.height:,} pixels"
    if max(picture.size) > MAX_LENGTH:
        raise UserError(f"{name} has {size}; a side may have {MAX_LENGTH:,}.", "Cut or scale it down and try again.")
    if picture.width * picture.height > limit:
        raise _too_large(name, size, limit)
    picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
    tiles = list(getattr(picture, "tile", ()))
    picture.load()
    if picture.mode in ("RGB", "RGBA") and tiles:
        brighten_deep_colours(picture, tiles, lambda: _identify(file))
    return picture


def _identify(file: BinaryIO) -> Image.Image:
    """The picture before its pixels are read."""
    file.seek(0)
    if file.read(3) == b"\xff\xd8\xff":
        file.seek(0)
        return JpegImageFile(file)  # not by Image.open, which refuses more pixels than can be decoded as a whole
    file.seek(0)
    return Image.open(file, formats=_formats())


def is_picture(path: Path) -> bool:
    """Whether a file begins as pictures do that can be decoded."""
    try:
        with open_picture_file(path) as file:
            _identify(file)
    except Exception:  # the decoders raise whatever they stumble over
        return False
    return True


@cache
def _formats() -> list[str]:
    Image.init()
    return [name for name in Image.ID if name not in NOT_DECODED]


def _normalise(picture: Image.Image) -> Image.Image:
    turn = _turn(picture)
    picture = converted(picture, _conversion(picture), factor=max(1, max(picture.size) // (2 * MAX_SIDE)))
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return picture if turn is None else picture.transpose(turn)


def _conversion(picture: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes RGB of a picture's rows."""
    if picture.mode.startswith("I") or picture.mode == "F":
        low, high = value_range(picture)
        return lambda rows: to_eight_bits(rows, low, high).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        return _on_white
    return lambda rows: rows.convert("RGB")


def _on_white(rows: Image.Image) -> Image.Image:
    layered = rows.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How EXIF says to turn it. ``ImageOps.exif_transpose`` writes all metadata anew and fails where any is broken."""
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # metadata that cannot be read at all says nothing
        return None


def small_copy(picture: Image.Image, side: int = 512) -> Image.Image:
    """A picture scaled down to ``side`` pixels; a copy of one that is small enough."""
    small = picture.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def to_data_url(picture: Image.Image, side: int = 512, kind: Literal["PNG", "JPEG"] = "PNG") -> str:
    """A picture as a data URL, scaled down to ``side`` pixels; as JPEG it is smaller, and not exact."""
    buffer = io.BytesIO()
    small_copy(picture, side).save(buffer, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(buffer.getvalue()).decode()


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
