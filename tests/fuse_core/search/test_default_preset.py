"""Which preset settings start from where none is chosen; tiny checkpoints of the paper's models in a hub's cache."""

from __future__ import annotations

import huggingface_hub
import pytest

from fuse_core.cli.caption_command import caption_config
from fuse_core.cli.parser import parse
from fuse_core.common import devices
from fuse_core.models import catalog, memory
from fuse_core.search.default_preset import default_preset
from fuse_core.search.preparation import presets_at_hand
from fuse_core.search.presets import load_preset
from tests.fuse_core.models.checkpoints import hub_snapshot, save_causal, save_classifier, save_clip
from ui.optimise import settings as panel
from ui.optimise.settings import read
from ui.optimise.settings_fields import panel_values

GB = 1_000_000_000
SAVERS = {
    "gpt2-medium": lambda folder: save_causal("gpt2", folder),
    "clip-vit-base-patch32": save_clip,
    "roberta-sentiment": lambda folder: save_classifier("roberta", folder),
}


@pytest.fixture(scope="module")
def fetched(tmp_path_factory):
    """A hub's cache with all three."""
    root = tmp_path_factory.mktemp("hub")
    for key, save in SAVERS.items():
        save(hub_snapshot(root, str(catalog.entry(key).hub)))
    return root


@pytest.fixture(autouse=True)
def machine(monkeypatch, fetched):
    """All models fetched, 9 GB free and no GPU; the setters change it."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(fetched))
    monkeypatch.delenv("FUSE_MODELS", raising=False)
    monkeypatch.delenv(devices.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "available", lambda: 9 * GB)
    monkeypatch.setattr(devices, "available", lambda: ["cpu"])


def given(*arguments: str):
    return caption_config(parse(["caption", "cat.jpg", *arguments]))


def test_the_papers_where_its_models_and_8_gb_are_here(capsys):
    assert default_preset() == ("paper-caption", "its models are here, and 9.0 GB of memory are free")
    assert [default_preset(s).name for s in ("positive", "negative", "none")] == [
        "paper-sentiment",
        "paper-sentiment",
        "paper-caption",
    ]
    assert given() == load_preset("paper-caption")
    assert capsys.readouterr().err.startswith("Starting from the preset paper-caption: its models are here")
    assert given("--sentiment", "negative").classifiers[0].label == "negative"
    assert given("--sentiment", "negative").classifiers[0].model == "roberta-sentiment"
    assert {"paper-caption", "paper-sentiment"} <= set(presets_at_hand())  # what `prepare` makes


def test_with_less_memory_only_where_a_gpu_is(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 7_900_000_000)
    assert default_preset() == (
        "offline-caption",
        "paper-caption wants a GPU or 8.0 GB of free memory, and 7.9 GB of memory are free",
    )
    monkeypatch.setattr(devices, "available", lambda: ["cuda:0", "cpu"])
    assert default_preset() == ("paper-caption", "its models are here, and a GPU is, too (cuda:0)")
    assert default_preset(device="cpu").name == "offline-caption"
    assert given("--device", "cpu") == load_preset("offline-caption")
    monkeypatch.setenv(devices.VARIABLE, "cpu")
    assert default_preset().name == "offline-caption"


@pytest.mark.parametrize("absent", SAVERS)
def test_what_is_not_here_is_named_and_nothing_is_fetched(monkeypatch, tmp_path, fetched, absent):
    for key in SAVERS.keys() - {absent}:
        folder = hub_snapshot(tmp_path, str(catalog.entry(key).hub))
        folder.parent.mkdir(parents=True)
        folder.symlink_to(hub_snapshot(fetched, str(catalog.entry(key).hub)))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert default_preset("positive") == ("offline-positive", f"not all models of paper-sentiment are here ({absent})")
    assert default_preset().name == ("paper-caption" if absent == "roberta-sentiment" else "offline-caption")


@pytest.mark.parametrize("named", [("--source", "smollm2"), ("--target", "minilm"), ("--preset", "offline-caption")])
def test_settings_of_models_that_are_named_start_as_they_always_did(named, capsys):
    found = given(*named)
    assert (found.image_weight, found.steps) == (10.0, 8)
    assert capsys.readouterr().err == ""


def test_the_page_says_which_it_starts_from_and_why():
    import gradio as gr

    with gr.Blocks():
        made = panel.build(*default_preset())
    assert made.preset.value == "paper-caption"
    assert "starts from paper-caption: its models are here, and 9.0 GB" in str(made.preset.info)
    assert made.fields["source"].value == "gpt2-medium"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("preset", "model", "weight"),
    [("paper-caption", "roberta-sentiment", 2.0), ("offline-caption", "minilm-word-sentiment", 1.0)],
)
def test_a_sentiment_chosen_on_the_page_is_judged_as_by_the_preset_of_the_same_models(preset, model, weight):
    values = panel_values(load_preset(preset))
    assert values["sentiment"] == "none"
    chosen = read(load_preset(preset), *(values | {"sentiment": "negative"}).values())
    assert [(c.model, c.label, c.weight) for c in chosen.classifiers] == [(model, "negative", weight)]


def test_a_classifier_that_is_not_here_is_not_chosen_unasked(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert panel_values(load_preset("paper-caption"))["sentiment_model"] == "minilm-word-sentiment"
