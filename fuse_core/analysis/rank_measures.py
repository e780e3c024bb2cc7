"""How well one order of candidates predicts another: Spearman's rank correlation, and recall of the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

BEST, WITHIN = 16, 256  # candidates


def spearman(predicted: Sequence[float] | np.ndarray, true: Sequence[float] | np.ndarray) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN when one side is constant or has a NaN."""
    ranks = np.stack([pd.Series(np.asarray(v)).rank().to_numpy() for v in (predicted, true)])
    if np.ptp(ranks, axis=1).min() == 0:
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


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
