from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from fuse_core.models.batching import length_batches, padding_mask


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(1, 100))
def test_batches_hold_every_row_once_in_order_of_length_within_the_budget(lengths, tokens):
    batches = list(length_batches(lengths, tokens))
    rows = [k for batch in batches for k in batch]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[k] for k in rows] == sorted(lengths)
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[k] for k in batch) <= tokens


def test_a_batch_is_as_full_as_the_budget_allows():
    assert list(length_batches([3, 3, 3, 3], 6)) == [[0, 1], [2, 3]]


def test_padding_mask_marks_tokens():
    expected = torch.tensor([[1, 0, 0], [1, 1, 1], [0, 0, 0]])
    assert torch.equal(padding_mask([1, 3, 0], torch.device("cpu")), expected)
