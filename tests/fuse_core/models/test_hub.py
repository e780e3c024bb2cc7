"""Models from a hub: what a repository gives, and what is said, and how soon, when there is none."""

from __future__ import annotations

import dataclasses
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessorPil,
    CLIPTokenizer,
    GPT2Tokenizer,
)

from fuse_core.analysis.captions.baselines import blip
from fuse_core.analysis.captions.baselines.baseline import Task
from fuse_core.analysis.captions.coco import CaptionSet
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog, hub
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.clip import ClipModel
from fuse_core.models.transformers_classifier import TransformersClassifier
from tests.fuse_core import tiny_models

NO_CACHE = Path("not-needed")


def with_hub(monkeypatch, repository: str) -> None:
    """Let every hub model of the catalog come from one place."""
    entries = [dataclasses.replace(e, hub=repository) if e.hub else e for e in catalog.entries()]
    monkeypatch.setattr(catalog, "entries", lambda: entries)


@pytest.mark.parametrize(
    "load",
    [
        lambda library: library.causal("gpt2-medium"),
        lambda library: library.image_text("clip-vit-base-patch32"),
        lambda library: library.classifier("roberta-sentiment"),
        lambda library: library.captioner("blip-captioning-base"),
        lambda library: library.tokenizer("gpt2-medium"),
    ],
)
def test_a_hub_model_without_a_hub_is_one_clear_sentence(monkeypatch, load):
    with_hub(monkeypatch, "nobody/never-published")
    with pytest.raises(UserError) as caught:
        load(Library(NO_CACHE))
    assert caught.value.problem == "'nobody/never-published' could not be fetched from the hub."
    assert "offline preset" in caught.value.remedy
    assert "\n" not in str(caught.value)


@contextmanager
def closing_hub() -> Iterator[tuple[str, list[object]]]:
    """An address that takes connections and closes them at once, and the connections it took."""
    taken: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, address = server.accept()
                    taken.append(address)
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken


# In a process of its own: the hub's address is read from the environment when its library is imported.
ASK = """
from pathlib import Path
from fuse_core.common.errors import UserError
from fuse_core.library import Library
try:
    Library(Path("not-needed")).causal("gpt2-medium")
except UserError as error:
    print(error)
"""


def test_a_hub_out_of_reach_is_not_asked_again_and_again(tmp_path):
    with closing_hub() as (address, taken):
        environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "0"}
        ran = subprocess.run(
            [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, timeout=240, check=True
        )
    assert ran.stdout.splitlines()[-1].startswith("'openai-community/gpt2-medium' could not be fetched from the hub.")
    # The client tries a connection that was closed once more; a download would ask dozens of times.
    assert 1 <= len(taken) <= 2


def test_a_hub_that_does_not_answer_is_given_up(monkeypatch):
    answered = threading.Event()
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: answered.wait(60))
    monkeypatch.setattr(hub, "PATIENCE", 0.05)
    with pytest.raises(UserError, match="could not be fetched from the hub"):
        Library(NO_CACHE).causal("gpt2-medium")
    assert not answered.is_set()
    answered.set()


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
    loaded = Library(NO_CACHE).causal("gpt2-medium")
    assert isinstance(loaded, TransformersLM)
    assert (loaded.key, loaded.start_id, loaded.max_length) == ("gpt2-medium", 50256, 64)
    ids = [loaded.tokenizer.encode("An image of a cat")]
    assert ids == [[2025, 2939, 286, 257, 3797]]
    torch.testing.assert_close(loaded.logits(ids), tiny.logits(ids))
    assert Library(NO_CACHE).tokenizer("gpt2-medium").encode("An image of a cat") == ids[0]


def test_clip_from_a_hub_folder(monkeypatch, hub_clip):
    tiny, folder = hub_clip
    with_hub(monkeypatch, str(folder))
    loaded = Library(NO_CACHE).image_text("clip-vit-base-patch32")
    assert isinstance(loaded, ClipModel)
    assert (loaded.begin, loaded.end) == ((49406,), (49407,))
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
    with pytest.raises(UserError, match=r"puts no end behind a text.*Choose a checkpoint with CLIP's own tokenizer"):
        Library(NO_CACHE).image_text("clip-vit-base-patch32")


def test_half_precision_checkpoints_are_loaded_in_single_precision(monkeypatch, hub_lm, hub_clip):
    for tiny, folder in (hub_lm, hub_clip):
        tiny.network.half().save_pretrained(folder)
    with_hub(monkeypatch, str(hub_lm[1]))
    assert Library(NO_CACHE).causal("gpt2-medium").embedding_table.dtype == torch.float32
    with_hub(monkeypatch, str(hub_clip[1]))
    assert Library(NO_CACHE).image_text("clip-vit-base-patch32").embedding_table.dtype == torch.float32


def test_models_can_be_loaded_from_several_threads_at_once(monkeypatch, hub_lm, hub_clip):
    (lm, lm_folder), (clip, clip_folder) = hub_lm, hub_clip
    entries = [
        dataclasses.replace(catalog.entry("gpt2-medium"), hub=str(lm_folder)),
        dataclasses.replace(catalog.entry("clip-vit-base-patch32"), hub=str(clip_folder)),
    ]
    monkeypatch.setattr(catalog, "entries", lambda: entries)
    together = threading.Barrier(4)

    def load(k: int):
        together.wait(30)
        return (
            Library(NO_CACHE).causal("gpt2-medium") if k % 2 else Library(NO_CACHE).image_text("clip-vit-base-patch32")
        )

    with ThreadPoolExecutor(4) as threads:
        for k, loaded in enumerate(threads.map(load, range(4))):
            ids = [loaded.tokenizer.encode("a cat")]
            found, expected = (
                (loaded.logits(ids), lm.logits(ids)) if k % 2 else (loaded.encode_ids(ids), clip.encode_ids(ids))
            )
            torch.testing.assert_close(found, expected)


def test_a_hub_checkpoint_is_read_with_its_labels_and_special_tokens(monkeypatch, tmp_path):
    folder = tmp_path / "hub"
    tiny = tiny_models.roberta()
    tiny.network.save_pretrained(folder)
    backend = Tokenizer.from_str(tiny.tokenizer.backend.to_str())  # its own, for the tests share that one
    backend.add_special_tokens(["<s>", "</s>"])
    backend.post_processor = TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 50257), ("</s>", 50258)])
    backend.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    with_hub(monkeypatch, str(folder))
    found = Library(NO_CACHE).classifier("roberta-sentiment")
    assert isinstance(found, TransformersClassifier)
    assert (found.key, found.labels) == ("roberta-sentiment", tiny.labels)
    assert (found.begin, found.end) == ((50257,), (50258,))
    ids = tiny.tokenizer.encode_batch(["a happy cat", "a very sad dog in the rain", "two cats"])
    torch.testing.assert_close(found.encode_ids(ids), tiny.encode_ids(ids))


def test_blip_from_a_hub_folder(monkeypatch, tmp_path):
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    special = {"bos_token_id": 30522, "eos_token_id": 102, "sep_token_id": 102, "pad_token_id": 0}
    config = BlipConfig(
        text_config={**tower, "vocab_size": 30524, "encoder_hidden_size": 16, **special},
        vision_config={**tower, "image_size": 32, "patch_size": 8},
    )
    with tiny_models.seeded(0):
        network = BlipForConditionalGeneration(config).eval()
    network.save_pretrained(tmp_path)
    BlipImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(tmp_path)
    BertTokenizer(tokenizer_object=tiny_models.load_tokenizer("minilm").backend).save_pretrained(tmp_path)
    with_hub(monkeypatch, str(tmp_path))
    library, picture = Library(NO_CACHE), tiny_models.picture()
    found = library.captioner("blip-captioning-base").caption(picture)
    pixels = np.array(picture.resize((32, 32), Image.Resampling.BICUBIC), dtype=np.float32) / 255
    mean = np.array([0.48145466, 0.4578275, 0.40821073])
    spread = np.array([0.26862954, 0.26130258, 0.27577711])
    batch = torch.tensor((pixels - mean) / spread, dtype=torch.float32).permute(2, 0, 1)[None]
    (ids,) = network.generate(batch, num_beams=3, min_length=5, max_length=20).tolist()
    tokenizer = tiny_models.load_tokenizer("minilm")
    words = tokenizer.decode([i for i in ids if i not in tokenizer.special_ids and i < 30522])
    assert found
    assert found.split() == words.split()
    known = CaptionSet("set", {"a.png": ("a cat",)})
    assert blip.begin(Task(library, "minilm", known))("a.png", picture) == found
