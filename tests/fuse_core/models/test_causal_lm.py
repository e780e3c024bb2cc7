from __future__ import annotations

import pytest
import torch

from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_forwards

TEXTS = ["An image of a cat", "Hello", "a dog and a rocket in the rain"]


@pytest.fixture(params=["llama", "gpt2"])
def model(request):
    return getattr(tiny_models, request.param)()


def test_a_padded_batch_gives_each_row_its_own_logits(model):
    ids = model.tokenizer.encode_batch(TEXTS)
    batch = model.logits(ids)
    assert batch.shape == (3, max(map(len, ids)), 50257)
    for row, logits in zip(ids, batch, strict=True):
        alone = model.network(input_ids=torch.tensor([row])).logits[0]
        torch.testing.assert_close(logits[: len(row)], alone, atol=1e-5, rtol=1e-4)


def test_logits_from_embeddings_equal_logits_from_ids_and_carry_a_gradient(model):
    ids = model.tokenizer.encode(TEXTS[0])
    x = model.embedding_table[torch.tensor(ids)].clone().requires_grad_(True)
    logits = model.logits_from_embeddings(x[None])
    torch.testing.assert_close(logits.detach(), model.logits([ids]), atol=1e-5, rtol=1e-4)
    logits[0, -1].log_softmax(-1)[3].backward()
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()
    assert x.grad.norm() > 0


def test_logits_take_one_forward_pass_and_are_counted(model, request):
    passes = record_forwards(model.network, request)
    model.logits(model.tokenizer.encode_batch(TEXTS))
    model.logits_from_embeddings(model.embedding_table[:4][None])
    assert passes == [3, 1]
    assert model.n_forward_passes == 2


def test_weights_are_frozen_and_the_network_evaluates(model):
    assert not model.network.training
    assert not any(p.requires_grad for p in model.network.parameters())
    assert not model.logits([[1, 2]]).requires_grad


def test_context_length_and_table_come_from_the_network(model):
    assert model.max_length == 64
    assert model.embedding_table.shape == (50257, 16)


def test_moving_returns_the_model_itself(model):
    assert model.to(torch.device("cpu")) is model
