"""Pictures of more than 8 bits as 8 bits: which value is white."""

from __future__ import annotations

import numpy as np
from PIL import Image

CAMERA_BITS = (8, 10, 12, 14, 16)
BITS_PER_SAMPLE, MAX_SAMPLE_VALUE, SMAX_SAMPLE_VALUE = 258, 281, 341  # TIFF tags


def to_eight_bits(picture: Image.Image) -> Image.Image:
    """A picture of 16-bit, integer or float values as grey levels from 0 to 255."""
    values = np.asarray(picture, dtype=np.float64)
    if picture.mode.startswith("I;16"):
        low, high = 0.0, _white(picture, float(values.max(initial=0)))
    else:  # plain integer and float files say nothing of their range
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    span = (high - low) or 1.0
    return Image.fromarray(((values - low) / span * 255).round().astype(np.uint8))


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
