from __future__ import annotations

import pytest
import torch

from tests.fuse_core import tiny_models

TEXTS = ["a cat", "a photo of a very large dog in the rain", "", "x", "two cats"]


@pytest.fixture(scope="module")
def model():
    return tiny_models.roberta()


@pytest.fixture(scope="module")
def ids(model):
    return model.tokenizer.encode_batch(TEXTS)


def test_a_batch_of_any_lengths_gives_the_references_log_probabilities(model, ids):
    for row, found in zip(ids, model.encode_ids(ids), strict=True):
        framed = torch.tensor([[*model.begin, *row, *model.end]])
        reference = model.network(input_ids=framed, attention_mask=torch.ones_like(framed)).logits[0].log_softmax(-1)
        torch.testing.assert_close(found, reference, atol=1e-5, rtol=1e-5)


def test_small_batches_keep_the_order_of_the_texts(model, ids, monkeypatch):
    together = model.encode_ids(ids)
    monkeypatch.setattr(model.limit, "most", 8)
    torch.testing.assert_close(model.encode_ids(ids), together, atol=1e-6, rtol=1e-5)


def test_embeddings_give_what_their_ids_give_and_have_a_gradient(model, ids):
    inputs = [model.embedding_table[torch.tensor(row, dtype=torch.long)].clone().requires_grad_(True) for row in ids]
    found = model.encode_embeddings(inputs)
    torch.testing.assert_close(found, model.encode_ids(ids), atol=1e-6, rtol=1e-5)
    for row, gradient in zip(ids, torch.autograd.grad(found[:, 2].sum(), inputs), strict=True):
        assert torch.isfinite(gradient).all()
        assert (gradient.norm(dim=1) > 0).sum() == len(row)


def test_labels_are_in_lower_case_and_in_the_checkpoints_order(model):
    assert model.labels == ("negative", "neutral", "positive")


def test_positions_that_roberta_skips_are_not_counted(model):
    assert model.max_length == 64
    longest = [5] * 62
    assert torch.isfinite(model.encode_ids([longest])).all()
    with pytest.raises((IndexError, RuntimeError)):
        model.encode_ids([[*longest, 5]])


def test_no_texts_give_no_rows(model):
    assert model.encode_ids([]).shape == (0, 3)
    assert model.to(torch.device("cpu")) is model
