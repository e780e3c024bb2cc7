"""Weights of half precision: what is read and returned stays in float32, and is near what whole weights give."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.fit import VocabularySide
from fuse_core.common.devices import PRECISION, chosen_precision
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.entry import Entry
from fuse_core.models.layer_features import LayerFeatures
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.language_term import LanguageTerm
from tests.fuse_core import tiny_models

CPU = torch.device("cpu")
every_half = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])


@every_half
def test_a_language_model_in_half_precision_has_losses_and_gradients_in_float32(dtype):
    half, whole = tiny_models.llama().to(CPU, dtype), tiny_models.llama()
    ids = whole.tokenizer.encode_batch(["a cat on a mat", "rockets"])
    for model in (half, whole):
        assert model.embedding_table.dtype == model.logits(ids).dtype == torch.float32
    assert half.embedding_table is half.embedding_table
    found, expected = (LanguageTerm(model, prefix="An image of").losses(ids) for model in (half, whole))
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)
    gradients = [LanguageTerm(model, prefix="An image of").gradient(ids[0]).inputs for model in (half, whole)]
    assert gradients[0].dtype == torch.float32
    assert torch.cosine_similarity(*(g.flatten() for g in gradients), dim=0) > 0.95
    read = [model.read([[1, 2]]).log_probs([0, 0], [[5, 6, 7], [8]]) for model in (half, whole)]
    torch.testing.assert_close(*read, rtol=0.05, atol=0.3)
    assert LayerFeatures(half).compute(lambda share, what: None).isfinite().all()


@every_half
@pytest.mark.parametrize("make", [tiny_models.clip, tiny_models.sentence_encoder, tiny_models.roberta])
def test_a_reader_in_half_precision_reads_about_the_same(make, dtype):
    half, whole = make().to(CPU, dtype), make()
    ids = whole.tokenizer.encode_batch(["a cat on a mat", "rockets"])
    found, expected = half.encode_ids(ids), whole.encode_ids(ids)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0.1, atol=0.1)
    inputs = half.embedding_table[ids[0]].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(half.encode_embeddings([inputs])[0, 0], inputs)
    assert gradient.dtype == torch.float32
    assert gradient.norm() > 0


def test_a_picture_in_half_precision():
    half, whole = tiny_models.clip().to(CPU, torch.bfloat16), tiny_models.clip()
    vectors = [model.encode_image(tiny_models.picture()) for model in (half, whole)]
    assert vectors[0].dtype == torch.float32
    torch.testing.assert_close(*vectors, rtol=0.1, atol=0.05)
    assert len(ImageTerm(half, vectors[0]).gradients(["a cat"])) == 1


def test_the_library_keeps_weights_as_it_was_told(monkeypatch, tmp_path):
    monkeypatch.setattr(
        catalog,
        "entries",
        lambda: [Entry("tiny", "", "", "", "", causal=lambda entry, models: tiny_models.gpt2("tiny"))],
    )
    monkeypatch.setenv(PRECISION, "bfloat16")
    library = Library(tmp_path)
    network = library.causal("tiny").network  # type: ignore[attr-defined]
    assert {weight.dtype for weight in network.parameters()} == {torch.bfloat16}
    assert isinstance(library.vocabulary_side("tiny"), VocabularySide)
    assert library.vocabulary_side("tiny").table.dtype == torch.float32
    monkeypatch.setenv(PRECISION, "")
    assert chosen_precision() == "float32"
    assert Library(tmp_path).dtype == torch.float32
    assert Library(tmp_path, dtype="float16").dtype == torch.float16


def test_other_types_are_refused():
    with pytest.raises(UserError, match=r"not kept in 'int8'\. Choose one of: float32, bfloat16, float16"):
        chosen_precision("int8")
