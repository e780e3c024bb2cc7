"""A ``target`` map in the form of a pair's, by what it does to words."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.map import apply_map
from fuse_core.adapter.shared_map import shared_map
from fuse_core.words.word_tensors import pad_slots
from tests.fuse_core.dense import normal


@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize(("i", "j"), [(1, 1), (1, 3), (2, 2), (2, 3), (3, 3), (3, 4)])
def test_words_no_longer_than_the_target_are_mapped_alike(i, j, separate):
    m, x = normal(4, 3, j), normal(5, 4, i, seed=1)
    separate = separate and i > 1
    found = apply_map(x, shared_map(m, i, j, separate), j)
    torch.testing.assert_close(found, apply_map(pad_slots(x, j), m, j))


@pytest.mark.parametrize(("i", "j"), [(2, 1), (3, 1), (4, 1)])
def test_to_one_target_token_goes_the_first_source_token_alone(i, j):
    m, x = normal(4, 3, j), normal(5, 4, i, seed=1)
    found = apply_map(x, shared_map(m, i, j, True), j)
    torch.testing.assert_close(found[:, :, 0], x[:, :, 0] @ m[:, :, 0])
