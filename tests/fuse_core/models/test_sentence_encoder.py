from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_forwards

TEXTS = ["a cat", "", "a photograph of an astronaut beside a rocket", "dog", "the dog sleeps"]


@pytest.fixture(scope="module")
def encoder():
    return tiny_models.sentence_encoder()


@pytest.fixture(scope="module")
def ids(encoder):
    return encoder.tokenizer.encode_batch(TEXTS)


def test_vectors_are_normalised_means_over_all_tokens(encoder, ids):
    for row, vector in zip(ids, encoder.encode_ids(ids), strict=True):
        framed = torch.tensor([[*encoder.begin, *row, *encoder.end]])
        mean = encoder.network(input_ids=framed).last_hidden_state[0].mean(0)
        torch.testing.assert_close(vector, F.normalize(mean, dim=0), atol=1e-6, rtol=1e-5)


def test_a_batch_equals_one_by_one_whatever_the_padding(encoder, ids):
    together = encoder.encode_ids(ids)
    alone = torch.cat([encoder.encode_ids([row]) for row in ids])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)


def test_small_batches_keep_the_order_of_the_texts(encoder, ids, monkeypatch, request):
    together = encoder.encode_ids(ids)
    monkeypatch.setattr(encoder.limit, "most", 8)
    passes = record_forwards(encoder.network, request)
    torch.testing.assert_close(encoder.encode_ids(ids), together, atol=1e-6, rtol=1e-5)
    assert passes == [2, 1, 1, 1]


def test_embeddings_give_the_vectors_of_their_ids(encoder, ids):
    sequences = [encoder.embedding_table[torch.tensor(row, dtype=torch.long)] for row in ids]
    torch.testing.assert_close(encoder.encode_embeddings(sequences), encoder.encode_ids(ids), atol=1e-6, rtol=1e-5)


def test_the_gradient_at_the_embeddings_is_that_of_each_text_alone(encoder, ids):
    def gradients(rows):
        inputs = [encoder.embedding_table[torch.tensor(row)].clone().requires_grad_(True) for row in rows]
        return torch.autograd.grad(encoder.encode_embeddings(inputs)[:, 0].sum(), inputs)

    rows = [row for row in ids if row]
    for row, together in zip(rows, gradients(rows), strict=True):
        assert together.norm() > 0
        torch.testing.assert_close(together, gradients([row])[0], atol=1e-6, rtol=1e-4)


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode_ids([]).shape == (0, 16)


def test_an_encoder_of_the_first_layers_reads_their_states_and_leaves_the_whole_as_it_was(encoder, ids):
    before, first = encoder.encode_ids(ids), encoder.first_layers(1)
    for row, vector in zip(ids, first.encode_ids(ids), strict=True):
        framed = torch.tensor([[*encoder.begin, *row, *encoder.end]])
        states = encoder.network(input_ids=framed, output_hidden_states=True).hidden_states[1][0]
        torch.testing.assert_close(vector, F.normalize(states.mean(0), dim=0), atol=1e-6, rtol=1e-5)
    assert torch.equal(encoder.encode_ids(ids), before)
    assert first.embedding_table.data_ptr() == encoder.embedding_table.data_ptr()
    torch.testing.assert_close(encoder.first_layers(9).encode_ids(ids), before)
