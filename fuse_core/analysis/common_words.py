"""Both bucketings of FUSE (arXiv 2408.04816) judged on the same words.

A bucket takes the first words of the corpus that belong to it, and too few leave it empty, so that either bucketing
holds out words that the other does not. Only on those that both held out can their errors be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.errors import MapErrors, squared_errors
from fuse_core.adapter.map import Bucketing

Buckets = Mapping[tuple[int, int], list[BucketRow]]


@dataclass(frozen=True)
class CommonErrors:
    """Held-out errors of adapters on the words that all of them held out.

    Attributes
    ----------
    words : int
    errors : dict
        Bucketing -> MapErrors.
    """

    words: int
    errors: dict[Bucketing, MapErrors]


def common_errors(
    source: Tensor, target: Tensor, adapters: Mapping[Bucketing, Adapter], rows: Mapping[Bucketing, Buckets]
) -> CommonErrors:
    """Errors of adapters of one pair of models on the words held out of every fit.

    Parameters
    ----------
    source : Tensor, shape = (vocabulary, d_src)
    target : Tensor, shape = (vocabulary, d_tgt)
    rows : dict
        Bucketing -> the words of its fit by bucket.

    Notes
    -----
    ``O(u d_src d_tgt i j)`` a bucket, for ``u`` distinct tokens a slot.
    """
    heldout: dict[Bucketing, Buckets] = {
        name: {key: [r for r in rows[name][key] if r.heldout] for key in adapter.maps}
        for name, adapter in adapters.items()
    }
    known = [{r.word for part in buckets.values() for r in part} for buckets in heldout.values()]
    common = set.intersection(*known)
    found: dict[Bucketing, MapErrors] = {}
    for name, buckets in heldout.items():
        judged: list[BucketRow] = []
        squares = [torch.zeros(2, 0, dtype=torch.float64, device=source.device)]
        for key, part in buckets.items():
            chosen = [r for r in part if r.word in common]
            if chosen:
                judged += chosen
                with torch.no_grad():
                    squares.append(torch.stack(squared_errors(source, target, chosen, key, adapters[name].maps[key])))
        missed, total = torch.cat(squares, dim=1)
        found[name] = MapErrors.of(missed, total, judged)
    return CommonErrors(len(common), found)
