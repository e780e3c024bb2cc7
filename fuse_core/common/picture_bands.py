"""Large pictures a few rows at a time, so that converting one costs little memory beside its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PIL import Image

BAND_PIXELS = 1_000_000


def bands(picture: Image.Image, factor: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """The picture from top to bottom as pairs of first row and rows, about a million pixels each.

    Parameters
    ----------
    picture : Image
        With its pixels.
    factor : int
        Bands but the last have a multiple of so many rows.
    """
    rows = max(1, BAND_PIXELS // (picture.width * factor)) * factor
    for top in range(0, picture.height, rows):
        yield top, picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def converted(picture: Image.Image, to_rgb: Callable[[Image.Image], Image.Image], factor: int) -> Image.Image:
    """The RGB picture that ``to_rgb`` makes of it, each ``factor`` x ``factor`` pixels averaged to one.

    ``to_rgb`` gets a band and has to look at one pixel at a time.
    """
    made = Image.new("RGB", (-(-picture.width // factor), -(-picture.height // factor)))
    for top, band in bands(picture, factor):
        made.paste(to_rgb(band).reduce(factor), (0, top // factor))
    return made
