"""One context's candidates: what was predicted of each, what is true, and how well the two orders agree."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fuse_core.analysis.rank_measures import ranks_of_best
from fuse_core.common.rank_correlation import spearman
from fuse_core.words.corpus import is_heldout


@dataclass(frozen=True)
class ContextFidelity:
    """Predicted against true for one picture and one context.

    Attributes
    ----------
    context : str
    tokens : tuple of str
        Candidate tokens, appended to the context as new words.
    losses : ndarray, shape = (candidates,)
        The target's true loss with each candidate appended.
    words : tuple of str
        Linearisation words: where the gradient was taken, each appended to the context.
    predicted : dict of ndarray, each of shape (words, candidates)
        First-order scores by source: higher promises a lower loss; NaN at a word that no bucket of the adapter serves.
        ``random`` is the chance level.
    """

    context: str
    tokens: tuple[str, ...]
    losses: np.ndarray
    words: tuple[str, ...]
    predicted: dict[str, np.ndarray]

    def scores(self, at: Sequence[str]) -> dict[str, np.ndarray]:
        """Scores by source, shape = (candidates,), averaged over those of the words ``at`` that are served."""
        rows = [self.words.index(word) for word in at]
        return {name: _mean_of_served(scores[rows]) for name, scores in self.predicted.items()}

    @cached_property
    def heldout(self) -> np.ndarray:
        """Which candidates are words that no fit saw, shape = (candidates,), bool."""
        return np.array([is_heldout(token.strip()) for token in self.tokens])

    def spearman(self, at: Sequence[str], heldout: bool = False) -> dict[str, float]:
        """Rank correlation of each prediction with the true gain; NaN for one that is constant or NaN.

        With ``heldout`` among the held-out candidates alone; NaN with fewer than two.
        """
        chosen = self.heldout if heldout else np.ones(len(self.tokens), dtype=bool)
        if chosen.sum() < 2:
            return dict.fromkeys(self.predicted, float("nan"))
        return {name: spearman(scores[chosen], -self.losses[chosen]) for name, scores in self.scores(at).items()}

    def ranks(self, at: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Where each prediction ranks the truly best candidates; empty for one that is NaN."""
        return {name: ranks_of_best(scores, -self.losses) for name, scores in self.scores(at).items()}


def _mean_of_served(scores: np.ndarray) -> np.ndarray:
    served = scores[~np.isnan(scores).any(1)]
    return served.mean(0) if len(served) else scores[0]


def chance_scores(context: str, words: int, candidates: int) -> np.ndarray:
    """A random order, shape = (words, candidates): the same at every word, another in every context."""
    rng = np.random.default_rng(zlib.crc32(context.encode()))
    return np.tile(rng.random(candidates), (words, 1))
