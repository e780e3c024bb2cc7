"""Models by folder: how they are named, and what is said of those that cannot be used; nothing is loaded of these."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog, checkpoint
from fuse_core.models.architectures import table
from tests.conftest import REPOSITORY
from tests.fuse_core.models.checkpoints import save_causal, save_encoder, save_tokenizer

GPT2 = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}


def test_the_page_of_architectures_is_what_the_command_writes():
    assert (REPOSITORY / "docs" / "models.md").read_text("utf-8") == table.markdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A GPT-2 of 24 numbers, as far as its files' heads say."""
    (tmp_path / "config.json").write_text(json.dumps(GPT2))
    save_file({"wte.weight": torch.zeros(6, 4)}, tmp_path / "model.safetensors")
    save_tokenizer("gpt2", tmp_path)
    return tmp_path


def said(folder: Path, **config: object) -> str:
    """What is said when it is loaded as a language model, some settings changed."""
    if config:
        (folder / "config.json").write_text(json.dumps(GPT2 | config))
    with pytest.raises(UserError) as caught:
        Library(folder / "cache").causal(str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_an_entry_of_the_roles_that_its_settings_say(folder, monkeypatch):
    entry = catalog.entry(str(folder))
    assert (entry.key, entry.roles, entry.present) == (str(folder), ("tokenizer", "causal-lm"), True)
    monkeypatch.chdir(folder.parent)
    assert catalog.entry(f"./{folder.name}").hub == f"./{folder.name}"


def test_people_s_own_models_stand_in_the_menus_and_for_known_ones(folder, monkeypatch, tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    (root / "mine").symlink_to(folder)
    (root / "broken").mkdir()
    (root / "broken" / "config.json").write_text("{")
    network = save_causal("llama", root / "smollm2")
    monkeypatch.setenv("FUSE_MODELS", str(root))
    assert "mine" in catalog.keys("causal-lm")
    assert "broken" not in catalog.keys("causal-lm", "tokenizer")
    own = Library(root / "cache").causal("smollm2")
    torch.testing.assert_close(own.embedding_table, network.get_input_embeddings().weight)


def test_on_a_public_host_only_listed_models_are_had(folder, monkeypatch, tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    (root / "mine").symlink_to(folder)
    monkeypatch.setenv("FUSE_MODELS", str(root))
    assert catalog.entry(str(folder)).origin.startswith("folder")
    monkeypatch.setenv("FUSE_PUBLIC", "1")
    assert (catalog.entry("mine").origin, catalog.entry("smollm2").key) == ("own", "smollm2")
    for name in (str(folder), "openai-community/gpt2", "/etc/passwd", "README.md", "nope"):
        with pytest.raises(UserError, match=r"on this host\. Choose one of: mine, "):
            catalog.entry(name)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"architectures": ["T5ForConditionalGeneration"]},
            "is a T5ForConditionalGeneration, which cannot be used here",
        ),
        ({"architectures": None}, "does not say in config.json what it is"),
        ({"quantization_config": {"quant_method": "gptq"}}, r"quantised (gptq), and only plain floats can be read"),
        ({"quantization_config": {"load_in_8bit": True}}, "quantised ({'load_in_8bit': True}), and only plain floats"),
        ({"quantization_config": "int8"}, "quantised (int8), and only plain floats can be read"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_sentence(folder, config, sentence):
    assert sentence in said(folder, **config)


def test_weights_that_cannot_be_read_are_one_sentence_each(folder, monkeypatch):
    assert "lacks weights that a GPT2LMHeadModel has" in said(folder, n_embd=4, n_layer=1, n_head=1, vocab_size=6)
    monkeypatch.setattr(checkpoint, "available", lambda: 90)
    assert f"'{folder}' takes 0.0 GB of memory in single precision" in said(folder)
    (folder / "model.safetensors").write_bytes(b"damaged")
    assert "model.safetensors of" in (found := said(folder))
    assert "is damaged" in found
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert "pickled weights alone, which are never opened" in said(folder)
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "../other.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "lacks 1 of its 1 files of weights, model-00001-of-00002.safetensors" in said(folder)
    (folder / "config.json").write_text("{")
    assert "config.json of" in said(folder)


@pytest.mark.parametrize("number", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path, number):
    save_causal("gpt2", tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    tensors["transformer.h.1.ln_1.bias"][3] = number
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    assert "has weights that are no numbers, in transformer.h.1.ln_1.bias" in said(tmp_path)


def test_shards_are_read_and_their_numbers_are_counted(tmp_path):
    network = save_causal("llama", tmp_path)
    expected = sum(tensor.numel() for tensor in network.state_dict().values())
    assert checkpoint.Checkpoint("whole", tmp_path).parameters == expected
    (tmp_path / "model.safetensors").unlink()
    network.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(checkpoint.Checkpoint("shards", tmp_path).weights) > 1
    assert checkpoint.Checkpoint("shards", tmp_path).parameters == expected
    ids = torch.tensor([[1, 5, 9]])
    model = Library(tmp_path / "cache").causal(str(tmp_path))
    torch.testing.assert_close(model.logits([[1, 5, 9]]), network(input_ids=ids).logits)


def test_a_tokenizer_of_another_model_and_a_slow_one_are_refused(tmp_path):
    save_causal("gpt2", tmp_path)
    save_tokenizer("clip", tmp_path)
    assert "tokens and its embedding table" in said(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    assert "is a slow one, which tells no words apart, or is missing" in said(tmp_path)
    (tmp_path / "tokenizer.model").write_bytes(b"")
    assert said(tmp_path)


def test_pooling_is_what_the_folder_says(tmp_path):
    network = save_encoder("bert", tmp_path)
    (tmp_path / "1_Pooling").mkdir()
    pooling = tmp_path / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}))
    model = Library(tmp_path / "cache").text_encoder(str(tmp_path))
    row = torch.tensor([model.tokenizer.backend.encode("the cats").ids])
    first = network(input_ids=row).last_hidden_state[:, 0]
    expected = torch.nn.functional.normalize(first, dim=-1)
    torch.testing.assert_close(model.encode_ids([model.tokenizer.encode("the cats")]), expected)
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(UserError, match="makes its vectors by Dense, which is not known here"):
        Library(tmp_path / "other").text_encoder(str(tmp_path))
