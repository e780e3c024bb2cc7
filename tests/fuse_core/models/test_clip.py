from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fuse_core.models.clip import ClipModel
from fuse_core.objective.image_term import ImageTerm
from tests.fuse_core import tiny_models

TEXTS = ["a cat", "a photo of a very large dog in the rain", "", "x", "two cats"]


@pytest.fixture(scope="module")
def model() -> ClipModel:
    return tiny_models.clip()


@pytest.fixture(scope="module")
def ids(model):
    return model.tokenizer.encode_batch(TEXTS)


def reference(features) -> torch.Tensor:
    """Unit vector of what ``CLIPModel.get_..._features`` returns, a tensor or an output object by version."""
    return F.normalize(getattr(features, "pooler_output", features), dim=-1)[0]


def test_a_batch_of_any_lengths_gives_the_reference_text_features(model, ids):
    vectors = model.encode_ids(ids)
    for row, vector in zip(ids, vectors, strict=True):
        framed = torch.tensor([[*model.begin, *row, *model.end]])
        torch.testing.assert_close(
            vector, reference(model.network.get_text_features(input_ids=framed)), atol=1e-6, rtol=1e-5
        )


def test_small_batches_keep_the_order_of_the_texts(model, ids, monkeypatch):
    together = model.encode_ids(ids)
    monkeypatch.setattr(model.limit, "most", 8)
    torch.testing.assert_close(model.encode_ids(ids), together, atol=1e-6, rtol=1e-5)


def test_embeddings_give_the_vectors_of_their_ids(model, ids):
    sequences = [model.embedding_table[torch.tensor(row, dtype=torch.long)] for row in ids]
    torch.testing.assert_close(model.encode_embeddings(sequences), model.encode_ids(ids), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("precision", "tolerance"), [(torch.float64, 1e-6), (torch.bfloat16, 0.05)])
def test_any_precision_gives_the_vectors_of_single_precision(model, precision, tolerance):
    """Longer than any vector register: torch's CPU attention once read a mask of another precision wrongly there."""
    other = tiny_models.clip()
    other.network.to(precision)
    ids = model.tokenizer.encode_batch(["a photograph of the unbelievable harbour " * 6, "a cat"])
    assert max(map(len, ids)) > 32
    vectors = other.encode_ids(ids)
    assert vectors.dtype == torch.promote_types(precision, torch.float32)
    torch.testing.assert_close(vectors.float(), model.encode_ids(ids), atol=tolerance, rtol=tolerance)


def test_the_gradient_at_the_embeddings_is_finite_and_not_zero(model, ids):
    rows = [row for row in ids if row]
    inputs = [model.embedding_table[torch.tensor(row)].clone().requires_grad_(True) for row in rows]
    for gradient in torch.autograd.grad(model.encode_embeddings(inputs)[:, 0].sum(), inputs):
        assert torch.isfinite(gradient).all()
        assert (gradient.norm(dim=1) > 0).all()


def test_a_picture_gives_the_reference_image_features(model):
    picture = tiny_models.picture()
    pixels = model.processor(images=picture, return_tensors="pt")["pixel_values"]
    expected = reference(model.network.get_image_features(pixel_values=pixels))
    torch.testing.assert_close(model.encode_image(picture), expected, atol=1e-6, rtol=1e-5)


def test_text_and_picture_meet_in_one_space(model):
    picture = model.encode_image(tiny_models.picture())
    term = ImageTerm(model, picture, prefix="An image of")
    (loss,) = term.losses([" a cat"])
    vector = model.encode_ids([model.tokenizer.encode("An image of a cat")])[0]
    torch.testing.assert_close(loss, 1 - F.cosine_similarity(vector, picture, dim=0), atol=1e-6, rtol=1e-5)


def test_sizes_come_from_the_network(model):
    assert model.max_length == 77
    assert model.embedding_table.shape == (49408, 16)
    assert model.to(torch.device("cpu")) is model


def test_no_texts_give_no_vectors(model):
    assert model.encode_ids([]).shape == (0, 12)
