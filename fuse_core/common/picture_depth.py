"""Pictures of more than 8 bits as 8 bits: which value is white."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from PIL import Image

from fuse_core.common.picture_bands import bands

CAMERA_BITS = (8, 10, 12, 14, 16)
BITS_PER_SAMPLE, MAX_SAMPLE_VALUE, SMAX_SAMPLE_VALUE = 258, 281, 341  # TIFF tags


def value_range(picture: Image.Image) -> tuple[float, float]:
    """Which values of a picture of 16-bit, integer or float values are black and white."""
    lows, highs = [], []
    for _, band in bands(picture):
        values = np.asarray(band)
        known = values[np.isfinite(values)]
        if known.size:
            lows.append(float(known.min()))
            highs.append(float(known.max()))
    brightest = max(highs, default=0.0)
    if picture.mode.startswith("I;16"):
        return 0.0, _white(picture, brightest)
    return min(lows, default=0.0), brightest  # plain integer and float files say nothing of their range


def to_eight_bits(picture: Image.Image, low: float, high: float) -> Image.Image:
    """A picture of 16-bit, integer or float values as grey levels from 0 (at ``low``) to 255 (at ``high``)."""
    values = np.nan_to_num(np.asarray(picture, dtype=np.float64), nan=low, posinf=high, neginf=low)
    return Image.fromarray(((values - low) / ((high - low) or 1.0) * 255).round().astype(np.uint8))


def brighten_deep_colours(picture: Image.Image, tiles: list, again: Callable[[], Image.Image]) -> None:
    """Bring 16-bit colours of fewer bits, which Pillow makes next to black, to the whole range.

    Of such colours Pillow keeps the high bytes. Where those are nearly empty the low ones are read as if they were the
    high ones: with the byte order turned round.

    Parameters
    ----------
    picture : Image
        With its pixels; changed in place.
    tiles : list
        Its tiles, from before they were read.
    again : callable
        Returns the same picture, its pixels not read yet.
    """
    turned = [tile._replace(args=_turned(tile.args)) for tile in tiles]
    if turned == tiles:  # no such colours
        return
    brightest = max(np.asarray(band).max(initial=0) for _, band in bands(picture))
    if brightest >= 2 ** (CAMERA_BITS[-2] - 8):
        return
    low = again()
    low.tile = turned  # type: ignore[attr-defined]
    low.load()
    white = _white(picture, max(float(values.max(initial=0)) for _, values in _sixteen_bits(picture, low)))
    for top, values in _sixteen_bits(picture, low):
        picture.paste(Image.fromarray((values / white * 255).round().astype(np.uint8), picture.mode), (0, top))


def _sixteen_bits(high: Image.Image, low: Image.Image) -> Iterator[tuple[int, np.ndarray]]:
    """Bands of the values whose high and low bytes two pictures hold, each with its first row."""
    for (top, upper), (_, lower) in zip(bands(high), bands(low), strict=True):
        yield top, np.asarray(upper) * 256.0 + np.asarray(lower)


def _turned(arguments: Any) -> Any:
    """A decoder's arguments, the first of which is the raw mode, with the other byte order; others as they are."""
    raw, *rest = arguments if isinstance(arguments, tuple) and arguments else (arguments,)
    if not isinstance(raw, str) or not raw.startswith(("RGB;16", "RGBA;16", "RGBX;16")):
        return arguments
    little = raw.endswith("L") or (raw.endswith("N") and sys.byteorder == "little")
    raw = raw[:-1] + ("B" if little else "L")
    return (raw, *rest) if isinstance(arguments, tuple) else raw


def _white(picture: Image.Image, brightest: float) -> float:
    """White of a 16-bit picture: as its TIFF tags say, else of the least camera depth that holds all its values."""
    for tag in (SMAX_SAMPLE_VALUE, MAX_SAMPLE_VALUE):
        if (said := _tag(picture, tag)) and said >= brightest:
            return said
    least = _tag(picture, BITS_PER_SAMPLE)
    bits = next(b for b in CAMERA_BITS if brightest < 2**b)
    return 2.0 ** max(bits, least if least < 16 else 0) - 1


def _tag(picture: Image.Image, tag: int) -> float:
    """The largest of a TIFF tag's numbers; 0 for a tag that is not there or holds none."""
    try:
        return float(np.max(getattr(picture, "tag_v2", {}).get(tag, 0)))
    except (TypeError, ValueError):
        return 0.0
