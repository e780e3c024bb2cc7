"""ROUGE-L (Lin 2004): the longest common subsequence of caption and reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.analysis.captions.tokenise import tokens

BETA = 1.2  # weight of recall beside precision, as coco-caption has it


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence. Cost ``O(len(first) len(second))``."""
    row = [0] * (len(second) + 1)
    for word in first:
        before = row
        row = [0]
        for k, other in enumerate(second):
            row.append(before[k] + 1 if word == other else max(before[k + 1], row[k]))
    return row[-1]


def rouge_l(caption: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """F of the best recall and the best precision over the references; 0 for a caption without words."""
    if not caption:
        return 0.0
    common = [common_subsequence(reference, caption) for reference in references]
    precision = max(common) / len(caption)
    recall = max(c / len(reference) for c, reference in zip(common, references, strict=True))
    if not precision:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """Of every picture, shape = (pictures, 1)."""
    return np.array([[rouge_l(tokens(j.caption), [tokens(r) for r in j.references])] for j in judged])


METRIC = Metric(
    name="ROUGE-L",
    order=2,
    columns=("ROUGE-L",),
    help="How much of a reference stands in the caption in the same order, other words between allowed; 0 to 1.",
    measure=measure,
)
