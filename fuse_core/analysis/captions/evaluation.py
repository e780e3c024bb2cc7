"""Captions of a set of pictures under every measure, and the difference between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fuse_core.analysis.captions.intervals import difference_interval, interval
from fuse_core.analysis.captions.metrics.metric import METRICS, Judged, Judges
from fuse_core.analysis.comparison import FEWEST
from fuse_core.analysis.paired import sign_test
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress

TIE = 1e-9  # single pictures' values that differ by less are equal


@dataclass(frozen=True)
class Evaluation:
    """What the measures say of captions.

    Attributes
    ----------
    judged : tuple of Judged
    numbers : dict
        Measure -> its numbers of every picture, shape = (pictures, k).
    missing : dict
        Measure -> a sentence on why it could not be taken.
    """

    judged: tuple[Judged, ...]
    numbers: dict[str, np.ndarray]
    missing: dict[str, str]

    @property
    def images(self) -> list[str]:
        return [j.image for j in self.judged]

    def of(self, images: Sequence[str]) -> Evaluation:
        """The same of some of the pictures, in their order."""
        rows = [self.images.index(image) for image in images]
        numbers = {name: found[rows] for name, found in self.numbers.items()}
        return Evaluation(tuple(self.judged[row] for row in rows), numbers, self.missing)

    def values(self) -> dict[str, dict[str, Any]]:
        """Column -> ``value``, and ``interval`` (None for fewer than five pictures), as JSON values."""
        found = {}
        for name, numbers in self.numbers.items():
            metric = METRICS[name]
            ends = interval(numbers, metric.combine).T.tolist() if len(numbers) >= FEWEST else None
            for k, column in enumerate(metric.columns):
                value = float(metric.combine(numbers.mean(0))[k])
                found[column] = {"value": value, "interval": ends[k] if ends else None}
        return found

    def scores(self) -> list[dict[str, float]]:
        """Column -> value of each picture by itself."""
        rows: list[dict[str, float]] = [{} for _ in self.judged]
        for name, numbers in self.numbers.items():
            metric = METRICS[name]
            for row, values in zip(rows, metric.combine(numbers).tolist(), strict=True):
                row |= zip(metric.columns, values, strict=True)
        return rows


def evaluate(judged: Sequence[Judged], judges: Judges, progress: Progress = lambda share, what: None) -> Evaluation:
    """Take every measure that can be taken.

    Raises
    ------
    UserError
        When there are no captions.
    """
    if not judged:
        raise UserError("There are no captions to judge.")
    numbers, missing = {}, {}
    for k, (name, metric) in enumerate(METRICS.items()):
        progress(k / len(METRICS), f"Judging {len(judged):,} captions: {name}")
        try:
            numbers[name] = metric.measure(judged, judges)
        except UserError as error:
            missing[name] = str(error)
    return Evaluation(tuple(judged), numbers, missing)


def differences(first: Evaluation, second: Evaluation) -> dict[str, Any]:
    """First minus second, over the pictures that both have, as JSON values.

    Returns
    -------
    dict
        ``pictures``, and ``columns``: column -> ``difference``, its paired bootstrap ``interval`` (None for fewer than
        five pictures), on how many pictures the first is ``lower`` and ``higher``, and the ``sign_test`` of that.

    Raises
    ------
    UserError
        When they have no picture in common.
    """
    there = set(second.images)
    images = [image for image in first.images if image in there]
    if not images:
        raise UserError("The two runs have no picture in common.", "Compare runs on the same pictures.")
    one, other = first.of(images), second.of(images)
    columns = {}
    for name in one.numbers.keys() & other.numbers.keys():
        metric, a, b = METRICS[name], one.numbers[name], other.numbers[name]
        ends = difference_interval(a, b, metric.combine).T.tolist() if len(images) >= FEWEST else None
        whole = metric.combine(a.mean(0)) - metric.combine(b.mean(0))
        single = metric.combine(a) - metric.combine(b)  # (pictures, columns)
        for k, column in enumerate(metric.columns):
            lower, higher = int((single[:, k] < -TIE).sum()), int((single[:, k] > TIE).sum())
            columns[column] = {
                "difference": float(whole[k]),
                "interval": ends[k] if ends else None,
                "lower": lower,
                "higher": higher,
                "sign_test": sign_test(lower, higher),
            }
    ordered = [column for metric in METRICS.values() for column in metric.columns if column in columns]
    return {"pictures": len(images), "columns": {column: columns[column] for column in ordered}}
