"""What a measure of captions is, and which there are: each module of this package declares one as ``METRIC``.

A measure gives numbers for every picture whose *means over pictures* make its values. So BLEU and perplexity, which
are no means of what single captions have, get bootstrap intervals as all others do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from fuse_core.common.registry import Registry
from fuse_core.library import Library


class Judged(NamedTuple):
    """A picture's caption beside the references that people wrote."""

    image: str
    caption: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Judges:
    """Whom a measure may ask.

    Attributes
    ----------
    library : Library
        For models; each is loaded once.
    corpus : sequence of tuple of str
        The references of all pictures of the set, captioned or not: what is rare there.
    writer : str
        Key of the language model that wrote the captions; empty where none did.
    """

    library: Library
    corpus: Sequence[tuple[str, ...]]
    writer: str = ""


Measure = Callable[[Sequence[Judged], Judges], np.ndarray]


@dataclass(frozen=True)
class Metric:
    """One measure.

    Attributes
    ----------
    name : str
    order : int
    columns : tuple of str
        Names of its values.
    help : str
        What it is and how to read it, in a sentence or two.
    measure : callable
        From captions to numbers that add up, shape = (pictures, k). Raises ``UserError`` where something it needs is
        missing.
    combine : callable
        From means of those numbers, shape = (..., k), to values, shape = (..., columns); by default the same.
    better : str
        Which end is better, where one is.
    digits : int
        Shown after the decimal point.
    """

    name: str
    order: int
    columns: tuple[str, ...]
    help: str
    measure: Measure
    combine: Callable[[np.ndarray], np.ndarray] = lambda means: means
    better: Literal["higher", "lower", "neither"] = "higher"
    digits: int = 3


METRICS: Registry[Metric] = Registry(__package__ or "", "METRIC")
