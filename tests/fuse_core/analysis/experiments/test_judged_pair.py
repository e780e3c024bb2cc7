"""One pair of models, judged: agreement of tokenizers, and a fit to pairs that mean nothing."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.bucket_rows import BucketRow
from fuse_core.adapter.fit import VocabularySide
from fuse_core.analysis.experiments.judged_pair import agreement, shuffled_adapter
from fuse_core.analysis.experiments.robustness import SIZES, cells
from fuse_core.words.corpus import Corpus
from tests.fuse_core.builders import random_adapter, tokenizer
from tests.fuse_core.dense import normal


def test_agreement_counts_running_text():
    rows = [BucketRow("a", (1,), (1,), False, 0.5), BucketRow("b", (1,), (1, 2), False, 0.2)]
    rows.append(BucketRow("c", (1, 2, 3), (1, 2, 3), True, 0.1))
    corpus = Corpus("words", ("a", "b", "c", "unknown"), (0.5, 0.2, 0.1, 0.2))
    assert agreement(rows, corpus, 2) == {"coverage": pytest.approx(0.7), "differing": pytest.approx(0.2)}


def test_shuffled_pairs_leave_no_map_to_find():
    """Where a map fits without error, pairs in another order fit next to none, and the same every time."""
    source, true = normal(200, 4), normal(4, 3, seed=1)
    sides = [VocabularySide(tokenizer("byte-level"), table) for table in (source, source @ true)]
    rows = {(1, 1): [BucketRow(f"w{k}", (k,), (k,), False) for k in range(200)]}
    first, again = (shuffled_adapter(*sides, rows, random_adapter(d_src=4, d_tgt=3)) for _ in range(2))
    torch.testing.assert_close(first.maps[1, 1], again.maps[1, 1])
    missed = source @ first.maps[1, 1][:, :, 0] - source @ true
    assert float(missed.norm() / (source @ true).norm()) > 0.8


def test_real_pairs_come_target_by_target():
    real = [cell for cell in cells(SIZES["large"]) if cell["kind"] == "real"]
    assert len(real) == 12
    targets = [cell["target"] for cell in real]
    assert targets == sorted(targets)
    assert all(cell["source"] != cell["target"] for cell in real)
