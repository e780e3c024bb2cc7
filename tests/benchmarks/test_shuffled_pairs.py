"""Controls of a pair: a map that fits, maps fitted to shuffled pairs, and the outer product of the means."""

from __future__ import annotations

import torch

from benchmarks.shuffled_pairs import controls
from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.fit import VocabularySide
from tests.fuse_core.builders import tokenizer
from tests.fuse_core.dense import normal, relative


def test_shuffled_pairs_leave_the_means_alone():
    """Of embeddings with a mean far from zero, which all shuffles keep."""
    source, true = normal(300, 4) + 2.0, normal(4, 3, seed=1)
    sides = [VocabularySide(tokenizer("byte-level"), table) for table in (source, source @ true)]
    rows = [BucketRow(f"w{k}", (k,), (k,), False) for k in range(300)]
    maps, ridges = controls(*sides, rows, 2)
    assert list(maps) == ["fuse", "shuffled 0", "shuffled 1", "means"]
    assert len(ridges) == 2
    torch.testing.assert_close(maps["fuse"][:, :, 0], true, atol=1e-4, rtol=1e-4)
    mean = torch.outer(source.mean(0), (source @ true).mean(0))
    torch.testing.assert_close(maps["means"][:, :, 0], mean)
    assert relative(maps["shuffled 0"], maps["shuffled 1"]) < relative(maps["shuffled 0"], maps["fuse"])
