"""How well one order of candidates finds the best of another: their ranks, and recall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BEST, WITHIN = 16, 256  # candidates


def ranks_of_best(predicted: np.ndarray, gain: np.ndarray, best: int = BEST) -> tuple[int, ...]:
    """Where a prediction ranks the ``best`` candidates of highest gain, the very best first.

    Parameters
    ----------
    predicted, gain : ndarray, shape = (candidates,)
        Higher is better.

    Returns
    -------
    tuple of int
        From 1, the place of the highest prediction; ties by position. Empty where a prediction is NaN.
    """
    if np.isnan(predicted).any():
        return ()
    ranks = np.empty(len(predicted), dtype=int)
    ranks[np.argsort(-predicted, kind="stable")] = np.arange(1, len(predicted) + 1)
    return tuple(ranks[np.argsort(-gain, kind="stable")[:best]].tolist())


def recall(ranks: Sequence[int], within: int = WITHIN) -> float:
    """Share of the truly best candidates, given by their predicted ranks, that are among the first ``within``.

    NaN without ranks.
    """
    return sum(rank <= within for rank in ranks) / len(ranks) if ranks else float("nan")
