"""BLEU (Papineni et al. 2002): precision of n-grams, clipped by the references, with a brevity penalty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import or_

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.analysis.captions.ngrams import LONGEST, ngrams
from fuse_core.analysis.captions.tokenise import tokens


def counts(caption: Sequence[str], references: Sequence[Sequence[str]]) -> list[int]:
    """What BLEU sums over a corpus.

    Returns
    -------
    list of int
        Clipped matches of 1- to 4-grams, the caption's n-grams, its length, and the length of the reference nearest in
        length, the shorter of two that are as near.
    """
    matches, totals = [], []
    for n in range(1, LONGEST + 1):
        own = ngrams(caption, n)
        most = reduce(or_, (ngrams(reference, n) for reference in references), Counter())
        matches.append((own & most).total())
        totals.append(own.total())
    nearest = min((abs(len(r) - len(caption)), len(r)) for r in references)[1]
    return [*matches, *totals, len(caption), nearest]


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """``counts`` of every picture, shape = (pictures, 10)."""
    return np.array([counts(tokens(j.caption), [tokens(r) for r in j.references]) for j in judged], dtype=float)


def bleu(means: np.ndarray) -> np.ndarray:
    """BLEU-1 to -4 from sums or means of ``counts``, (..., 10) -> (..., 4): 0 without a match (unsmoothed)."""
    matches, totals, own, nearest = np.split(means, [LONGEST, 2 * LONGEST, 2 * LONGEST + 1], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precisions = np.log(np.where(totals > 0, matches / totals, 0.0))
        brevity = np.where(own > 0, np.minimum(0.0, 1.0 - nearest / own), -np.inf)
    return np.exp(brevity + precisions.cumsum(-1) / np.arange(1, LONGEST + 1))


METRIC = Metric(
    name="BLEU",
    order=1,
    columns=tuple(f"BLEU-{n}" for n in range(1, LONGEST + 1)),
    help="Share of the caption's runs of up to n words that a reference has, 0 to 1, lower for captions that are too "
    "short. Of all captions together: a single caption often shares no run of four words, and has 0.",
    measure=measure,
    combine=bleu,
)
