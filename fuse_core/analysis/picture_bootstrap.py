"""Bootstrap intervals over pictures: contexts of one picture are no independent draws, so whole pictures are drawn.

Efron's (1979) bootstrap of clusters, with percentile intervals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fuse_core.analysis.paired import LEVEL, RESAMPLES

Interval = tuple[float, float]


def picture_intervals(values: pd.DataFrame, images: Sequence[str], share_of: str | None = None) -> dict[str, Interval]:
    """Of the mean over contexts, or of its share of one column's mean.

    Parameters
    ----------
    values : DataFrame, shape = (contexts, columns)
        NaN where a context has no value.
    images : sequence of str
        The picture of every context.
    share_of : str, optional
        The column whose mean every mean is divided by, in each resample anew.

    Returns
    -------
    dict
        Column -> ends of the interval; NaN with fewer than two pictures, or without values.
    """
    grouped = values.groupby(list(images))
    sums: np.ndarray = np.asarray(grouped.sum(), dtype=float)  # (pictures, columns)
    counts: np.ndarray = np.asarray(grouped.count(), dtype=float)
    if len(sums) < 2:
        return dict.fromkeys(values.columns, (float("nan"), float("nan")))
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums[drawn].sum(1) / counts[drawn].sum(1)  # (resamples, columns)
        if share_of is not None:
            means = means / means[:, [list(values.columns).index(share_of)]]
    tail = (1 - LEVEL) / 2
    ends = np.quantile(means, [tail, 1 - tail], axis=0)
    return {str(name): (float(low), float(high)) for name, low, high in zip(values.columns, *ends, strict=True)}
