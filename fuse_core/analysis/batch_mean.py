"""The mean objective of a batch, with its interval."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from fuse_core.analysis.comparison import FEWEST
from fuse_core.analysis.paired import LEVEL, bootstrap_mean


def mean_objective(objectives: Iterable[tuple[str, float]]) -> str:
    """Mean over pictures in a sentence, lower is better; a picture with several seeds counts once, by its mean.

    Parameters
    ----------
    objectives : iterable
        Of a picture's name and a run's objective; empty, and so is the sentence.
    """
    by_picture: dict[str, list[float]] = {}
    for image, objective in objectives:
        by_picture.setdefault(image, []).append(objective)
    if not by_picture:
        return ""
    mean, low, high = bootstrap_mean([fmean(values) for values in by_picture.values()])
    ends = f", {100 * LEVEL:.0f} % interval {low:.2f} to {high:.2f}" if len(by_picture) >= FEWEST else ""
    return f"Mean objective {mean:.2f} over {len(by_picture)} picture{'s' * (len(by_picture) > 1)}{ends}."
