"""Spearman's rank correlation, with ties."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def spearman(predicted: Sequence[float] | np.ndarray, true: Sequence[float] | np.ndarray) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN when one side is constant or has a NaN."""
    ranks = np.stack([pd.Series(np.asarray(v)).rank().to_numpy() for v in (predicted, true)])
    if np.ptp(ranks, axis=1).min() == 0:
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])
