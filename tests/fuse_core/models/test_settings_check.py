"""A model's folder whose ``config.json`` was changed: one sentence, never a traceback, a hang or another model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertForMaskedLM

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models.architectures.architecture import ARCHITECTURES
from fuse_core.models.readings import kept_readings
from tests.fuse_core.models.checkpoints import SAVERS

LAYERS = ("n_layer", "n_layers", "num_hidden_layers")
KINDS = [(a.name, family.model_type) for a in ARCHITECTURES.values() for family in a.families if a.name in SAVERS]
A_KIND_EACH = list({name: (name, model_type) for name, model_type in KINDS}.values())
Change = Callable[[dict[str, Any]], object]


def changed(settings: dict[str, Any], names: tuple[str, ...], change: Callable[[Any], Any]) -> None:
    """Change settings of these names, those of the parts of a network, too."""
    for key, value in settings.items():
        if isinstance(value, dict):
            changed(value, names, change)
        elif key in names:
            settings[key] = change(value)


def said(architecture: str, model_type: str, folder: Path, change: Change) -> str:
    """What is wrong with a model whose settings were changed."""
    SAVERS[architecture](model_type, folder / "model")
    path = folder / "model" / "config.json"
    settings = json.loads(path.read_text("utf-8"))
    change(settings)
    path.write_text(json.dumps(settings), "utf-8")
    with pytest.raises(UserError) as told:
        Library(folder / "cache").embedding_model(str(folder / "model"))
    return str(told.value)


@pytest.mark.parametrize(("architecture", "model_type"), KINDS)
def test_one_layer_fewer(architecture, model_type, tmp_path):
    sentence = said(architecture, model_type, tmp_path, lambda s: changed(s, LAYERS, lambda layers: layers - 1))
    told = "has weights that its config.json leaves no place for", "must be equal to the"
    assert any(part in sentence for part in told)


@pytest.mark.parametrize("named", ["GPT-2", "BERT"])
def test_one_layer_fewer_of_what_was_saved_with_other_names(named, tmp_path):
    """GPT-2's own checkpoint is one without a head, read with one; BERT's has a head, and is read without."""
    folder = tmp_path / "model"
    if named == "GPT-2":
        network: Any = SAVERS["causal-lm"]("gpt2", folder)
        network.transformer.save_pretrained(folder)
    else:
        network = SAVERS["sentence-encoder"]("bert", folder)
        BertForMaskedLM(network.config).save_pretrained(folder)
    settings = json.loads((folder / "config.json").read_text("utf-8"))
    settings["architectures"] = ["GPT2LMHeadModel" if named == "GPT-2" else "BertForMaskedLM"]
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")
    assert Library(tmp_path / "cache").embedding_model(str(folder))
    changed(settings, LAYERS, lambda layers: layers - 1)
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")
    with pytest.raises(UserError, match="leaves no place for"):
        Library(tmp_path / "cache").embedding_model(str(folder))


@pytest.mark.parametrize(("architecture", "model_type"), A_KIND_EACH)
@pytest.mark.parametrize("size", [3, 10**6, 10**9])
def test_more_layers(architecture, model_type, size, tmp_path):
    sentence = said(architecture, model_type, tmp_path, lambda s: changed(s, LAYERS, lambda _: size))
    told = {3: "lacks weights", 10**6: "has far fewer weights", 10**9: "which there cannot be"}[size]
    assert told in sentence


@pytest.mark.parametrize(("architecture", "model_type"), A_KIND_EACH)
@pytest.mark.parametrize("names", [("hidden_size", "n_embd", "dim"), ("vocab_size",)])
@pytest.mark.parametrize("factor", [2, 1000])
def test_other_sizes(architecture, model_type, names, factor, tmp_path):
    sentence = said(architecture, model_type, tmp_path, lambda s: changed(s, names, lambda size: size * factor))
    assert ("have other sizes than its" if factor == 2 else "has far fewer weights") in sentence


@pytest.mark.parametrize(("architecture", "model_type"), A_KIND_EACH)
@pytest.mark.parametrize("value", [-1, 3, "two", 1e308])
def test_heads_that_there_cannot_be(architecture, model_type, value, tmp_path):
    heads = ("n_head", "n_heads", "num_attention_heads")
    assert said(architecture, model_type, tmp_path, lambda s: changed(s, heads, lambda _: value))


@pytest.mark.parametrize(("architecture", "model_type"), A_KIND_EACH)
@pytest.mark.parametrize("value", [1e308, float("nan"), None])
def test_a_model_that_reads_every_text_alike(architecture, model_type, value, tmp_path):
    names = ("layer_norm_epsilon", "layer_norm_eps", "rms_norm_eps")
    assert said(architecture, model_type, tmp_path, lambda s: changed(s, names, lambda _: value))


@pytest.mark.parametrize(
    ("architecture", "model_type", "part"),
    [("causal-lm", "gpt2", ""), ("clip", "clip", ""), ("clip", "clip", "text_config")],
)
@pytest.mark.parametrize(
    ("setting", "value"),
    [("dtype", kind) for kind in ("nonsense", "int8", "Tensor", 7, ["float32"], {"": "nonsense"})]
    + [("torch_dtype", "nonsense"), ("attn_implementation", 7), ("_attn_implementation", 7), ("return_dict", False)],
)
def test_a_setting_that_is_none_is_refused_and_named(architecture, model_type, part, setting, value, tmp_path):
    """Some of them transformers does not look at, or falls over."""
    sentence = said(architecture, model_type, tmp_path, lambda s: s.get(part, s).update({setting: value}))
    assert f"says {setting} {json.dumps(value)}, which " in sentence


def test_a_name_that_transformers_does_not_know_is_more_than_that_name(tmp_path):
    sentence = said("sentence-encoder", "bert", tmp_path, lambda s: s.update(hidden_act="nonsense"))
    assert "could not be loaded: 'nonsense' is missing, or not known." in sentence


@pytest.mark.parametrize("value", ["float16", "bfloat16", "float64", None])
def test_weights_are_held_in_single_precision_whatever_type_of_floats_is_asked_for(value, tmp_path):
    SAVERS["causal-lm"]("gpt2", tmp_path)
    settings = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(settings | {"dtype": value}), "utf-8")
    assert Library(tmp_path / "cache").embedding_model(str(tmp_path)).embedding_table.dtype == torch.float32


@pytest.mark.parametrize(
    ("architecture", "model_type", "read"),
    [
        ("causal-lm", "gpt2", lambda library, key: library.token_features(key)),
        ("clip", "clip", lambda library, key: kept_readings(library.store, "words", library.image_text(key), ["a"])),
    ],
)
def test_what_was_read_by_other_settings_is_read_again_and_told(architecture, model_type, read, tmp_path, caplog):
    """Half the heads fit the same weights: it is another model, and nothing that the first one read is its own."""
    SAVERS[architecture](model_type, tmp_path / "model")
    path, key = tmp_path / "model" / "config.json", str(tmp_path / "model")
    first = read(Library(tmp_path / "cache"), key)
    settings = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(settings | {"transformers_version": "another"}, indent=7), "utf-8")
    torch.testing.assert_close(read(Library(tmp_path / "cache"), key), first)
    assert not [record for record in caplog.records if record.name.startswith("fuse_core")]
    changed(settings, ("n_head", "num_attention_heads"), lambda heads: heads // 2)
    path.write_text(json.dumps(settings), "utf-8")
    assert not torch.equal(read(Library(tmp_path / "cache"), key), first)
    [told] = [record.getMessage() for record in caplog.records if record.name.startswith("fuse_core")]
    assert f"config.json of '{key}' is not what it was when it was used before: other " in told
