"""Maps of a pair of models, bucket by bucket, with the time and memory of each, and what they miss together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.bucket_fit import fit_bucket
from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import squared_errors
from fuse_core.adapter.fit import default_ridge
from fuse_core.adapter.map import Bucketing, bucket_key, has_first_token_block
from fuse_core.analysis.experiments.experiment import Row
from fuse_core.analysis.experiments.peak_memory import with_peak_memory

Key = tuple[int, int]


@dataclass(frozen=True)
class FittedBucket:
    """One map, and what its fit took.

    Attributes
    ----------
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
    cpu_seconds : float
    peak : float or None
        Bytes over what was held before.
    """

    m: Tensor
    cpu_seconds: float
    peak: float | None


def fit_buckets(
    source: Tensor, target: Tensor, rows: Mapping[Key, list[BucketRow]], bucketing: Bucketing
) -> dict[Key, FittedBucket]:
    """Fit every bucket that has words enough, with its bucketing's usual ridge. Cost: that of ``fit_adapter``."""
    found = {}
    for key, part in sorted(rows.items()):
        separate = has_first_token_block(bucketing, True, key[0])
        started = time.process_time()
        fitted, peak = with_peak_memory(
            lambda key=key, part=part, separate=separate: fit_bucket(
                source, target, key, part, separate, default_ridge(bucketing)
            )
        )
        if fitted is not None:
            found[key] = FittedBucket(fitted[0], time.process_time() - started, peak)
    return found


def judge_maps(
    source: Tensor,
    target: Tensor,
    heldout: Mapping[Key, Sequence[BucketRow]],
    maps: Mapping[Key, Tensor],
    bucketing: Bucketing,
    max_tokens: int,
) -> Row:
    """What maps miss of held-out words.

    Parameters
    ----------
    heldout : mapping
        ``(i, j)`` -> words of any length.
    max_tokens : int
        L: longer words are out of reach, and missed as a whole, as those are that no map serves.

    Returns
    -------
    dict
        ``error`` over all words; ``reached_error`` and ``reached`` (their number) over those that a map serves.
    """
    missed = total = served_missed = served_total = 0.0
    reached = 0
    for (i, j), rows in heldout.items():
        key = bucket_key(bucketing, i, j)
        m = maps.get(key) if max(i, j) <= max_tokens else None
        if m is None:
            energy = _energy(target, rows)
            missed, total = missed + energy, total + energy
            continue
        with torch.no_grad():
            squares, energies = squared_errors(source, target, rows, key, m)
        here, energy = float(squares.sum()), float(energies.sum())
        missed, total = missed + here, total + energy
        served_missed, served_total, reached = served_missed + here, served_total + energy, reached + len(rows)
    return {
        "error": (missed / total) ** 0.5,
        "reached_error": (served_missed / served_total) ** 0.5 if served_total else None,
        "reached": reached,
    }


def _energy(target: Tensor, rows: Sequence[BucketRow]) -> float:
    ids = torch.tensor([k for row in rows for k in row.target], device=target.device)
    return float(target[ids].double().square().sum())


def facts_of(fitted: Mapping[Key, FittedBucket], max_tokens: int) -> Row:
    """Bytes and CPU-seconds of the maps for words of at most so many tokens, and the peak of the costliest fit."""
    inside = [bucket for key, bucket in fitted.items() if max(key) <= max_tokens]
    peaks = [bucket.peak for bucket in inside if bucket.peak is not None]
    return {
        "bytes": sum(bucket.m.numel() * bucket.m.element_size() for bucket in inside),
        "fit_seconds": round(sum(bucket.cpu_seconds for bucket in inside), 2),
        "peak": max(peaks) if peaks else None,
    }
