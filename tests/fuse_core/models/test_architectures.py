"""Each architecture of ``docs/models.md``: a folder of it is named and loaded, and its gradients are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.architectures.architecture import ARCHITECTURES
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.first_layers import FirstLayers
from tests.fuse_core import tiny_models
from tests.fuse_core.models.checkpoints import SAVERS

TEXT, OTHER = "The cats sat on the mats", "walking dogs"


def families(*names: str) -> pytest.MarkDecorator:
    """Every family of some architectures: what the table in the docs lists is what is tested."""
    listed = [(name, family.model_type) for name in names for family in ARCHITECTURES[name].families]
    return pytest.mark.parametrize(("architecture", "model_type"), listed)


@pytest.fixture
def saved(
    architecture: str, model_type: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, Library, str]:
    """The network that was saved, a library, and the folder to name.

    Norms and attention compute parts in single precision whatever they hold; finite differences want them in double.
    """
    network = SAVERS[architecture](model_type, tmp_path / "model").double()
    library, folder = Library(tmp_path / "cache"), str(tmp_path / "model")
    library.embedding_model(folder)
    monkeypatch.setattr(torch, "float32", torch.float64)
    monkeypatch.setattr(Tensor, "float", Tensor.double)
    return network, library, folder


def check_gradient(function, x: Tensor) -> None:
    """The gradient of a number with respect to a tensor is that of central differences, in some directions."""
    x = x.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(function(x), x)
    assert gradient.abs().amax(-1).gt(0).all()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        for _ in range(3):
            direction = torch.randn_like(x)
            slope = (function(x + 1e-5 * direction) - function(x - 1e-5 * direction)) / 2e-5
            torch.testing.assert_close((gradient * direction).sum(), slope, rtol=1e-5, atol=1e-8)


@families("causal-lm")
def test_causal_lm(saved: Any):
    network, library, folder = saved
    model = library.causal(folder)
    assert isinstance(model, TransformersLM)
    assert catalog.entry(folder).roles == ("tokenizer", "causal-lm")
    model.network.double()
    ids, other = model.tokenizer.encode(TEXT), model.tokenizer.encode(OTHER)
    rows = [[model.start_id, *ids], [model.start_id, *other]]
    alone = [network(input_ids=torch.tensor([row])).logits[0] for row in rows]
    for found, expected in zip(model.logits(rows), alone, strict=True):
        torch.testing.assert_close(found[: len(expected)], expected, rtol=1e-6, atol=1e-8)
    inputs = model.embedding_table[torch.tensor(rows[:1])]
    torch.testing.assert_close(model.logits_from_embeddings(inputs)[0], alone[0], rtol=1e-6, atol=1e-8)
    check_gradient(lambda x: model.logits_from_embeddings(x)[0, -1].log_softmax(-1)[ids[0]], inputs)

    kept = model.read([rows[0][:-3], rows[1]])
    expected = alone[0][-4:-1].log_softmax(-1).gather(1, torch.tensor(rows[0][-3:])[:, None]).sum()
    torch.testing.assert_close(kept.log_probs([0], [rows[0][-3:]])[0], expected, rtol=1e-6, atol=1e-8)

    states = network(input_ids=torch.tensor([rows[0][:2]]), output_hidden_states=True).hidden_states
    (first,) = FirstLayers(model.network, (1,), model.start_id).after_start(torch.tensor(rows[0][1:2]))
    torch.testing.assert_close(first[0], states[1][0, -1], rtol=1e-6, atol=1e-8)


@families("sentence-encoder")
def test_sentence_encoder(saved: Any):
    network, library, folder = saved
    model = library.text_encoder(folder)
    model.network.double()  # type: ignore[attr-defined]
    rows = model.tokenizer.encode_batch([TEXT, OTHER])
    framed = [torch.tensor([model.tokenizer.backend.encode(text).ids]) for text in (TEXT, OTHER)]
    states = [network(input_ids=row).last_hidden_state[0] for row in framed]
    expected = torch.stack([F.normalize(s.mean(0), dim=0) for s in states])
    check_reader(model, rows, expected)


@families("sequence-classifier")
def test_sequence_classifier(saved: Any):
    network, library, folder = saved
    model = library.classifier(folder)
    assert model.labels == ("negative", "neutral", "positive")
    model.network.double()  # type: ignore[attr-defined]
    rows = model.tokenizer.encode_batch([TEXT, OTHER])
    framed = [torch.tensor([model.tokenizer.backend.encode(text).ids]) for text in (TEXT, OTHER)]
    check_reader(model, rows, torch.cat([network(input_ids=row).logits.log_softmax(-1) for row in framed]))


@families("clip")
def test_clip(saved: Any):
    network, library, folder = saved
    model = library.image_text(folder)
    assert (model.max_length, model.tokenizer.encode("THE CAT")) == (77, model.tokenizer.encode("the cat"))
    framed = [torch.tensor([model.tokenizer.backend.encode(text).ids]) for text in (TEXT, OTHER)]
    expected = torch.cat([network.get_text_features(input_ids=row).pooler_output for row in framed])
    check_dual(model, network, F.normalize(expected, dim=-1))


@families("siglip")
def test_siglip(saved: Any, model_type: str):
    network, library, folder = saved
    model = library.image_text(folder)
    pad, end = {"siglip": (1, 1), "siglip2": (0, 1)}[model_type]
    rows = model.tokenizer.encode_batch([TEXT.lower(), OTHER])
    assert model.tokenizer.encode("The CATS") == model.tokenizer.encode("the cats")
    if model_type == "siglip":
        assert model.tokenizer.encode("the, cats!") == model.tokenizer.encode("the cats")
    whole = torch.tensor([[*ids, end, *[pad] * (63 - len(ids))] for ids in rows])
    check_dual(model, network, F.normalize(network.get_text_features(input_ids=whole).pooler_output, dim=-1))


def check_dual(model: Any, network: Any, expected: Tensor) -> None:
    """A reader of texts and pictures."""
    model.network.double()
    check_reader(model, model.tokenizer.encode_batch([TEXT, OTHER]), expected)
    picture = tiny_models.picture()
    seen = {
        k: v.double() if v.is_floating_point() else v for k, v in model.processor(picture, return_tensors="pt").items()
    }
    vector = F.normalize(network.get_image_features(**seen).pooler_output[0], dim=0)
    torch.testing.assert_close(model.encode_image(picture), vector, rtol=1e-6, atol=1e-8, check_dtype=False)


def check_reader(model: Any, rows: list[list[int]], expected: Tensor) -> None:
    """Readings in a padded batch are the library's own of each text alone, of ids and of embeddings."""
    torch.testing.assert_close(model.encode_ids(rows), expected, rtol=1e-6, atol=1e-8)
    inputs = [model.embedding_table[torch.tensor(ids)] for ids in rows]
    torch.testing.assert_close(model.encode_embeddings(inputs), expected, rtol=1e-6, atol=1e-8)
    check_gradient(lambda x: model.encode_embeddings([x, inputs[1]])[0, 0], inputs[0])
