from __future__ import annotations

import dataclasses

import pytest
import torch

from fuse_core.models.centred import TEMPLATE, CentredModel
from fuse_core.models.conse import class_texts
from fuse_core.models.readings import read_texts
from fuse_core.search.word_table import word_table
from fuse_core.words.closed_class import CLOSED_CLASS
from tests.fuse_core import tiny_models


@pytest.fixture
def model() -> CentredModel:
    return tiny_models.centred()


def mean_class_text(model: CentredModel) -> torch.Tensor:
    """From the texts, name by name."""
    total = torch.zeros(model.encoder.encode_ids([[5]]).shape[1], dtype=torch.float64)
    for names in model.classifier.class_names:
        of_class = read_texts(model.encoder, [TEMPLATE.format(name) for name in names[:2]]).double().sum(0)
        total += of_class / of_class.norm()
    return total / len(model.classifier.class_names)


def test_a_text_is_the_direction_in_which_it_differs_from_the_mean_class_text(model):
    texts = ["a cat", "of the image", "two dogs on a boat"]
    apart = read_texts(model.encoder, texts).double() - mean_class_text(model)
    expected = apart / apart.square().sum(1, keepdim=True).sqrt()
    torch.testing.assert_close(read_texts(model, texts).double(), expected, atol=1e-5, rtol=0)


def test_input_embeddings_read_as_their_ids_do(model):
    ids = model.tokenizer.encode_batch(["a cat", "two dogs on a boat"])
    sequences = [model.embedding_table[torch.tensor(row)] for row in ids]
    torch.testing.assert_close(model.encode_embeddings(sequences), model.encode_ids(ids), atol=1e-5, rtol=0)


def test_the_gradient_at_input_embeddings_is_that_of_finite_differences(model):
    model.encoder.network.double()
    model.centre = model.centre.double()
    (ids,) = model.tokenizer.encode_batch(["a cat on a boat"])
    generator = torch.Generator().manual_seed(0)
    towards = torch.randn(len(model.centre), dtype=torch.float64, generator=generator)
    x = model.embedding_table[torch.tensor(ids)].detach().requires_grad_(True)

    def cosine(embeddings: torch.Tensor) -> torch.Tensor:
        return model.encode_embeddings([embeddings])[0] @ towards

    (gradient,) = torch.autograd.grad(cosine(x), x)
    with torch.no_grad():
        for _ in range(3):
            step = torch.randn(x.shape, dtype=torch.float64, generator=generator) * 1e-5
            difference = (cosine(x + step) - cosine(x - step)) / 2
            torch.testing.assert_close((gradient * step).sum(), difference, rtol=1e-5, atol=1e-12)


def test_a_certain_classifier_gives_half_its_class_text(model):
    picture = tiny_models.picture()
    texts = read_texts(model.encoder, class_texts(model.classifier, TEMPLATE))
    for k in range(len(tiny_models.CLASS_NAMES)):
        bias = torch.full_like(model.classifier.bias, -1e4)
        bias[k] = 1e4
        sure = CentredModel("sure", dataclasses.replace(model.classifier, bias=bias), model.encoder, texts)
        mapped = sure.classifier.features(picture) @ sure.map
        expected = sure.class_vectors[k] + mapped / mapped.norm()
        torch.testing.assert_close(sure.encode_image(picture), expected / expected.norm(), atol=1e-5, rtol=0)


def test_it_shares_the_encoders_network_and_has_a_digest_of_its_own(model):
    assert model.embedding_table is model.encoder.embedding_table
    assert model.max_length == model.encoder.max_length
    before = model.weights_digest
    assert before != model.encoder.weights_digest
    model.centre = -model.centre
    assert model.weights_digest != before


def test_moving_keeps_the_vectors(model):
    before = model.encode_image(tiny_models.picture())
    assert model.to(torch.device("cpu")) is model
    torch.testing.assert_close(model.encode_image(tiny_models.picture()), before)


@pytest.mark.models
@pytest.mark.parametrize("key", ["minilm-centred", "minilm"])
def test_which_words_come_nearest_to_all_example_pictures(library, pictures, key):
    """Centred, at least 100 words raise the mean cosine more than any filler does; not so "picture" without."""
    fillers = sorted(CLOSED_CLASS | {"image", "images", "photo", "photos", "picture", "pictures"})
    model, table = library.image_text(key), word_table(library, key)
    towards = torch.stack([model.encode_image(picture) for picture in pictures.values()]).mean(0)
    promising = [table.corpus.words[k] for k in (table.vectors @ towards).topk(600).indices]
    words = [*fillers, *(word for word in promising if word not in fillers)]
    gains = read_texts(model, [f"An image of a {word}" for word in words]) @ towards
    nearest = {words[k] for k in gains.topk(100).indices}
    assert nearest.isdisjoint(fillers) == (key == "minilm-centred")
