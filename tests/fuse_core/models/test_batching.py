from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.models.batching import in_batches, padded, padding_mask
from tests.fuse_core import tiny_models
from tests.fuse_core.memory import LittleMemory

CPU = torch.device("cpu")


def batches(lengths: list[int], tokens: int) -> list[list[int]]:
    found: list[list[int]] = []
    in_batches(lengths, BatchLimit(tokens, 1), CPU, found.append)
    return found


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 100))
def test_batches_hold_every_row_once_in_order_of_length_within_the_budget(lengths, tokens):
    found = batches(lengths, tokens)
    rows = [k for batch in found for k in batch]
    assert sorted(rows) == list(range(len(lengths)))
    assert [lengths[k] for k in rows] == sorted(lengths)
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[k] for k in batch) <= tokens


def test_a_batch_is_as_full_as_the_budget_allows():
    assert batches([3, 3, 3, 3], 6) == [[0, 1], [2, 3]]


def test_padding_mask_marks_tokens():
    expected = torch.tensor([[1, 0, 0], [1, 1, 1], [0, 0, 0]])
    assert torch.equal(padding_mask([1, 3, 0], CPU), expected)


def test_rows_are_padded_on_the_right():
    ids, mask = padded([[7], [5, 0, 9], []], CPU)
    assert ids.tolist() == [[7, 0, 0], [5, 0, 9], [0, 0, 0]]
    assert mask.tolist() == [[1, 0, 0], [1, 1, 1], [0, 0, 0]]


def test_an_encoder_that_runs_out_of_memory_reads_the_same_in_smaller_batches(monkeypatch):
    encoder = tiny_models.sentence_encoder()
    ids = [[5, 6, 7]] * 7 + [[8]] * 3 + [[9, 10]]
    expected = encoder.encode_ids(ids)
    memory = LittleMemory(encoder.network.forward, room=12, size=lambda **inputs: inputs["input_ids"].numel())
    monkeypatch.setattr(encoder.network, "forward", memory)
    torch.testing.assert_close(encoder.encode_ids(ids), expected, rtol=1e-5, atol=1e-6)
    assert memory.refused
    assert encoder.limit.found
    memory.refused.clear()
    torch.testing.assert_close(encoder.encode_ids(ids), expected, rtol=1e-5, atol=1e-6)
    assert not memory.refused  # what was found is kept


def test_a_language_model_that_runs_out_of_memory_scores_words_the_same(monkeypatch):
    model = tiny_models.gpt2()
    words = [[5, 6, 7], [8, 9], [10, 11, 12, 13], [14]] * 3
    expected = model.read([[1, 2]]).log_probs([0] * len(words), words)
    read = model.read([[1, 2]])
    memory = LittleMemory(model.network.forward, room=8, size=lambda **inputs: inputs["input_ids"].numel())
    monkeypatch.setattr(model.network, "forward", memory)
    torch.testing.assert_close(read.log_probs([0] * len(words), words), expected, rtol=1e-5, atol=1e-5)
    assert memory.refused
    assert model._numbers_limit.found
