"""EfficientNet from a hub's cache, where the wheels are not installed: a tiny checkpoint of its architecture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import huggingface_hub
import pytest
import torch
import transformers
from PIL import ImageOps

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.models.conse import ConseModel
from fuse_core.models.fetch_plan import fetch_plan
from fuse_core.models.hub_classifier import SETTINGS, load_efficientnet
from fuse_core.models.image_classifier import whole
from fuse_core.models.known.minilm import EYES, REPOSITORY
from tests.fuse_core import tiny_models
from tests.fuse_core.models.checkpoints import hub_snapshot, save_causal, save_efficientnet, save_encoder

PICTURE = tiny_models.picture(size=(32, 32))


@pytest.fixture
def entry(tmp_path):
    return replace(catalog.entry("minilm"), key="efficientnet-b0", hub=str(tmp_path))


@pytest.mark.parametrize(
    "reading",
    [{"include_top": True}, {"include_top": False}, {"include_top": True, "rescale_offset": True}],
    ids=str,
)
def test_a_picture_is_read_as_transformers_reads_it(entry, tmp_path, reading):
    network = save_efficientnet(tmp_path, **reading)
    found = load_efficientnet(entry, (whole,))
    assert found.class_names == (("tabby", "tabby cat"), ("beagle",), ("missile",))
    assert found.side == 32
    processor = transformers.EfficientNetImageProcessorPil.from_pretrained(tmp_path)
    batch = processor([PICTURE, ImageOps.mirror(PICTURE)], return_tensors="pt")
    with torch.no_grad():
        pooled, logits = network.efficientnet(**batch).pooler_output, network(**batch).logits  # type: ignore[operator]
    features = found.features(PICTURE)
    torch.testing.assert_close(features, pooled.mean(0), rtol=1e-4, atol=1e-5)
    # The classifier is linear in what is pooled: the views' logits have the same mean.
    torch.testing.assert_close(found.probabilities(features), logits.mean(0).softmax(0), rtol=1e-4, atol=1e-5)
    assert logits.std() > 0.01


@pytest.mark.parametrize("settings", [None, {}, {"size": 32}, {"size": {"height": 32}, "image_mean": [0.5]}], ids=str)
def test_settings_that_do_not_say_how_it_reads_are_one_sentence(entry, tmp_path, settings):
    save_efficientnet(tmp_path)
    (tmp_path / SETTINGS).unlink()
    if settings is not None:
        (tmp_path / SETTINGS).write_text(json.dumps(settings))
    with pytest.raises(UserError, match=rf"{SETTINGS} of '.*' is missing, or does not say how pictures are read\."):
        load_efficientnet(entry, (whole,))


@pytest.fixture
def without_wheels(monkeypatch, tmp_path) -> Path:
    """A hub's cache with nothing in it; no model wheel is installed."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    for module in ("fuse_core.common.storage", "fuse_core.models.entry"):
        monkeypatch.setattr(f"{module}.wheel_folder", lambda package: None)
    return tmp_path / "hub"


def test_without_wheels_the_offline_models_come_from_the_hubs_cache(without_wheels, tmp_path):
    save_encoder("bert", hub_snapshot(without_wheels, REPOSITORY))
    for key in ("minilm", "minilm-centred"):
        assert not catalog.entry(key).present  # it has no eyes
        assert not fetch_plan(catalog.entry(key)).here
    network = save_efficientnet(hub_snapshot(without_wheels, EYES))
    library = Library(tmp_path / "cache")
    for key in ("minilm", "minilm-centred"):
        assert catalog.entry(key).present
        plan = fetch_plan(catalog.entry(key))
        assert (plan.here, plan.download, plan.problem) == (True, 0, "")
        model = library.image_text(key)
        vector = model.encode_image(PICTURE)
        assert vector.shape == (16,)
        assert vector.norm().item() == pytest.approx(1, abs=1e-5)
        assert model.classifier.class_names[1] == ("beagle",)  # type: ignore[attr-defined]
    assert isinstance(library.image_text("minilm"), ConseModel)
    assert sum(p.numel() for p in network.parameters()) * 4 < plan.memory  # type: ignore[operator]


def test_without_its_wheel_the_language_model_comes_from_the_hubs_cache(without_wheels, tmp_path):
    folder = hub_snapshot(without_wheels, "HuggingFaceTB/SmolLM2-135M-Instruct")
    network = save_causal("llama", folder)
    assert catalog.entry("smollm2").present
    found = Library(tmp_path / "cache").causal("smollm2")
    ids = [found.tokenizer.encode("a photo of a cat")]
    with torch.no_grad():
        expected = network(torch.tensor(ids)).logits  # type: ignore[operator]
    torch.testing.assert_close(found.logits(ids), expected, rtol=1e-4, atol=1e-5)
    assert found.start_id == 0  # type: ignore[attr-defined]
