"""A word as a tensor, against its numbers laid out one by one."""

from __future__ import annotations

import pytest
import torch

from fuse_core.analysis.lessons import word_values as module
from fuse_core.analysis.lessons.word_values import from_record, measure, round_trip, word_values
from fuse_core.common.errors import UserError
from tests.fuse_core import tiny_models

WORD = "photographer's"


@pytest.mark.parametrize("l", [1, 2, 3, 4, 5])
def test_every_number_of_a_token_is_in_its_slot_and_comes_back(l):
    x = torch.tensor([[1.0, 2], [3, 4], [5, 6]])
    found = round_trip(x, l)
    assert found.tensor.shape == (1, 2, l)
    for slot in range(l):
        for row in range(2):
            assert found.tensor[0, row, slot] == (x[slot, row] if slot < 3 else 0)
    assert found.back.tolist() == x.tolist()[:l]
    assert (found.padded, found.lost) == (sum(slot >= 3 for slot in range(l)), sum(k >= l for k in range(3)))


def test_a_word_holds_its_tokens_embeddings_and_zeros():
    source, target = tiny_models.gpt2(), tiny_models.sentence_encoder()
    found = word_values(source, target, WORD)
    for side, ids, model in (
        (found.source, source.tokenizer.encode(f" {WORD}"), source),
        (found.target, target.tokenizer.encode(WORD), target),
    ):
        assert len(side.tokens) == len(ids)
        expected = torch.zeros(1, model.embedding_table.shape[1], 3)
        for slot, token in enumerate(ids):
            expected[0, :, slot] = model.embedding_table[token]
        torch.testing.assert_close(side.tensor, expected)


def test_what_is_recorded_is_what_is_measured(monkeypatch):
    monkeypatch.setattr(module, "SOURCE", tiny_models.CONFIG.source)
    monkeypatch.setattr(module, "TARGET", tiny_models.CONFIG.target)
    library = tiny_models.shared_library()
    values = measure(library)
    models = [library.causal(tiny_models.CONFIG.source), library.image_text(tiny_models.CONFIG.target)]
    for known in values["words"]:
        again, truth = from_record(known), word_values(models[0], models[1], known["word"])
        for side in ("source", "target"):
            found, wanted = getattr(again, side), getattr(truth, side)
            assert found.tokens == wanted.tokens
            torch.testing.assert_close(found.tensor, wanted.tensor, atol=0.0006, rtol=0)


@pytest.mark.parametrize("word", ["", "two words", "x9" * 40])
def test_what_is_no_word_to_show_is_refused(word):
    with pytest.raises(UserError):
        word_values(tiny_models.gpt2(), tiny_models.sentence_encoder(), word)
