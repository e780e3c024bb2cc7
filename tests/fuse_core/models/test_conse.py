from __future__ import annotations

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from fuse_core.models import conse as conse_module
from fuse_core.models.conse import ConseModel, class_texts
from fuse_core.models.readings import read_texts
from tests.fuse_core import tiny_models


@pytest.fixture(scope="module")
def model() -> ConseModel:
    return tiny_models.conse()


def readings(model: ConseModel) -> torch.Tensor:
    """Of the class texts."""
    return read_texts(model.text, class_texts(model.classifier))


def certain_of(model: ConseModel, class_index: int) -> ConseModel:
    """The same model with a classifier that is sure of one class whatever it sees."""
    bias = torch.full_like(model.classifier.bias, -1e4)
    bias[class_index] = 1e4
    return ConseModel(dataclasses.replace(model.classifier, bias=bias), model.text, readings(model))


def test_a_class_is_the_mean_of_its_first_two_names(model):
    vectors = read_texts(model.text, ["an image of a cat", "an image of a house cat"])
    torch.testing.assert_close(model.class_vectors[0], F.normalize(vectors.sum(0), dim=0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(
        model.class_vectors[1], read_texts(model.text, ["an image of a dog"])[0], atol=1e-6, rtol=1e-5
    )


def test_a_certain_classifier_gives_its_class_text(model):
    for k in range(len(tiny_models.CLASS_NAMES)):
        vector = certain_of(model, k).encode_image(tiny_models.picture())
        torch.testing.assert_close(vector, model.class_vectors[k], atol=1e-6, rtol=1e-5)


def test_the_map_minimises_the_penalised_squared_error(model):
    rows = F.normalize(model.classifier.weight.double(), dim=1)
    texts = (model.class_vectors - model.class_vectors.mean(0)).double()
    m = model.map.double()
    slope = rows.T @ (rows @ m - texts) + conse_module.RIDGE * m
    assert slope.abs().max() < 1e-6


def test_the_reading_of_features_ignores_their_scale_and_is_as_long_as_class_texts_are(model):
    features = model.classifier.features(tiny_models.picture())
    reading = model.read_features(features)
    torch.testing.assert_close(model.read_features(3 * features), reading)
    torch.testing.assert_close(reading.norm(), (model.class_vectors - model.centre).norm(dim=1).mean())


def test_a_picture_mixes_both_readings_by_the_classifiers_certainty(model, monkeypatch):
    monkeypatch.setattr(conse_module, "TOP_CLASSES", 2)
    picture = tiny_models.picture()
    features = model.classifier.features(picture)
    probabilities = model.classifier.probabilities(features)
    first, second = probabilities.argsort(descending=True)[:2]
    named = probabilities[first] * model.class_vectors[first] + probabilities[second] * model.class_vectors[second]
    read = model.centre + model.read_features(features)
    trust = probabilities[first]
    expected = trust * named / named.norm() + (1 - trust) * read / read.norm()
    torch.testing.assert_close(model.encode_image(picture), expected / expected.norm(), atol=1e-6, rtol=1e-5)


def test_texts_go_to_the_sentence_encoder(model):
    ids = model.tokenizer.encode_batch(["a cat", "a rocket"])
    torch.testing.assert_close(model.encode_ids(ids), model.text.encode_ids(ids))
    sequences = [model.embedding_table[torch.tensor(row)] for row in ids]
    torch.testing.assert_close(model.encode_embeddings(sequences), model.text.encode_embeddings(sequences))
    assert model.max_length == model.text.max_length
    assert model.key == model.text.key


def test_moving_keeps_the_vectors(model):
    before = model.encode_image(tiny_models.picture())
    assert model.to(torch.device("cpu")) is model
    torch.testing.assert_close(model.encode_image(tiny_models.picture()), before)
