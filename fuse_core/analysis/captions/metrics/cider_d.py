"""CIDEr-D (Vedantam, Zitnick and Parikh 2015): consensus with the references, rare words counting most.

As the authors' code has it, by which results are published: term frequencies are counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, log, sqrt

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.analysis.captions.ngrams import LONGEST, ngrams
from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.errors import UserError

SIGMA = 6.0  # words by which caption and reference may differ in length before it costs much
LENGTHS = range(1, LONGEST + 1)
Vector = dict[tuple[str, ...], float]


class Rarity:
    """Inverse document frequencies of n-grams: a picture's references are one document.

    Parameters
    ----------
    corpus : sequence
        The references of every picture, each as words.
    """

    def __init__(self, corpus: Sequence[Sequence[Sequence[str]]]) -> None:
        self.most = log(len(corpus))
        self.documents: Counter[tuple[str, ...]] = Counter()
        for references in corpus:
            self.documents.update({gram for words in references for n in LENGTHS for gram in ngrams(words, n)})

    def weighted(self, words: Sequence[str], n: int) -> Vector:
        """A text's n-grams with count times inverse document frequency; one that no reference has is rarest."""
        counts = ngrams(words, n)
        return {gram: count * (self.most - log(max(1, self.documents[gram]))) for gram, count in counts.items()}


def cider_d(caption: Sequence[str], references: Sequence[Sequence[str]], rarity: Rarity) -> float:
    """Mean over n and references of clipped cosines, less for another length, times ten."""
    own = [rarity.weighted(caption, n) for n in LENGTHS]
    total = 0.0
    for reference in references:
        likeness = sum(_clipped_cosine(own[n - 1], rarity.weighted(reference, n)) for n in LENGTHS)
        total += likeness * exp(-((len(caption) - len(reference)) ** 2) / (2 * SIGMA**2))
    return 10 * total / LONGEST / len(references)


def _clipped_cosine(caption: Mapping[tuple[str, ...], float], reference: Mapping[tuple[str, ...], float]) -> float:
    norms = _norm(caption) * _norm(reference)
    if not norms:
        return 0.0
    return (
        sum(min(weight, reference.get(gram, 0.0)) * reference.get(gram, 0.0) for gram, weight in caption.items())
        / norms
    )


def _norm(vector: Mapping[tuple[str, ...], float]) -> float:
    return sqrt(sum(weight * weight for weight in vector.values()))


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """Of every picture, shape = (pictures, 1).

    Raises
    ------
    UserError
        For a set of one picture, where no word is rarer than another.
    """
    if len(judges.corpus) < 2:
        raise UserError("CIDEr-D weighs words by how few pictures they describe, so it needs two pictures or more.")
    rarity = Rarity([[tokens(text) for text in references] for references in judges.corpus])
    return np.array(
        [[cider_d(tokens(j.caption), [tokens(r) for r in j.references], rarity)] for j in judged], dtype=float
    )


METRIC = Metric(
    name="CIDEr-D",
    order=3,
    columns=("CIDEr-D",),
    help="Consensus with the references, 0 to 10: words that few pictures of the set are described with count most. "
    "Values of sets of another size do not compare.",
    measure=measure,
)
