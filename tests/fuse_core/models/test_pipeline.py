"""Pipelines by folder and by their place on a hub: which files are needed, and what is said of those that lack some.

Nothing is loaded of these, and diffusers is not needed.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import save_file

from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.models import catalog, hub, named
from fuse_core.models.architectures import stable_diffusion
from fuse_core.models.checkpoint import CONFIG, SAVE_AGAIN
from fuse_core.models.pipeline import PARTS, PIPELINE, SCHEDULER, checkpoint_at
from fuse_core.models.repository_files import settings_file, small_files, weight_files
from tests.fuse_core.models.checkpoints import save_tokenizer

NUMBERS = 24  # in each part


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pipeline as far as its files' heads say."""
    index = {"_class_name": "StableDiffusionPipeline", "tokenizer": ["transformers", "CLIPTokenizer"]}
    for part, (kind, stem) in PARTS.items():
        index[part] = ["library", kind]
        (tmp_path / part).mkdir()
        (tmp_path / part / CONFIG).write_text("{}")
        save_file({"weight": torch.zeros(6, NUMBERS // 6)}, tmp_path / part / f"{stem}.safetensors")
    (tmp_path / PIPELINE).write_text(json.dumps(index))
    (tmp_path / SCHEDULER).parent.mkdir()
    (tmp_path / SCHEDULER).write_text("{}")
    save_tokenizer("clip", tmp_path / "tokenizer")
    return tmp_path


def said(folder: Path) -> str:
    """What is said when it is loaded."""
    with pytest.raises(UserError) as caught:
        Library(folder / "cache").diffusion(str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_pipelines_tokenizer_and_numbers_are_those_of_its_parts(folder, monkeypatch):
    assert catalog.entry(str(folder)).roles == ("tokenizer", "diffusion")
    assert hub.at_hand(catalog.entry(str(folder)))
    found = checkpoint_at("own", folder)
    assert (found.has_tokenizer, found.parameters) == (True, 3 * NUMBERS)
    assert Library(folder / "cache").tokenizer(str(folder)).encode("the cats")
    monkeypatch.setenv("FUSE_MODELS", str(folder.parent))
    assert folder.name in catalog.keys("diffusion")


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """As if diffusers were."""
    monkeypatch.setattr(stable_diffusion, "wheel_folder", lambda package: Path("somewhere"))


@pytest.mark.parametrize("part", [*PARTS, "tokenizer"])
def test_a_missing_part_is_one_sentence(folder, part):
    (folder / part).rename(folder / "elsewhere")
    assert said(folder) == f"'{folder}' lacks its {part}. {SAVE_AGAIN}"


def test_what_cannot_be_read_is_one_sentence_each(folder, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(stable_diffusion, "wheel_folder", lambda package: None)
        remedy = "Run 'pip install -r requirements-diffusion.txt'."
        assert said(folder) == f"The package 'diffusers' is not installed. {remedy}"
    (folder / SCHEDULER).unlink()
    assert f"lacks its {SCHEDULER}" in said(folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    assert f"'{folder}/unet' holds pickled weights alone, which are never opened" in said(folder)
    index = json.loads((folder / PIPELINE).read_text())
    (folder / PIPELINE).write_text(json.dumps(index | {"unet": ["diffusers", "UNet2DModel"]}))
    assert "is a UNet2DModel, and what is read here is a UNet2DConditionModel" in said(folder)
    (folder / PIPELINE).write_text(json.dumps(index | {"_class_name": "StableDiffusionXLPipeline"}))
    assert "is a StableDiffusionXLPipeline, which cannot be used here" in said(folder)
    (folder / PIPELINE).write_text("[]")
    assert "model_index.json of" in said(folder)


PUBLISHED = [
    PIPELINE,
    "README.md",
    "v1-5-pruned.safetensors",
    "feature_extractor/preprocessor_config.json",
    "safety_checker/config.json",
    "safety_checker/model.safetensors",
    "scheduler/scheduler_config.json",
    "tokenizer/merges.txt",
    "tokenizer/vocab.json",
    *(f"{part}/{name}" for part in PARTS for name in (CONFIG, f"{PARTS[part][1]}.fp16.safetensors")),
    *(f"{part}/{stem}.safetensors" for part, (_, stem) in PARTS.items()),
    "unet/diffusion_pytorch_model.bin",
]


def test_of_a_repository_what_is_read_is_fetched_and_nothing_else():
    assert settings_file(PUBLISHED) == PIPELINE
    assert small_files(PUBLISHED) == [
        PIPELINE,
        "scheduler/scheduler_config.json",
        "tokenizer/merges.txt",
        "tokenizer/vocab.json",
        *(f"{part}/{CONFIG}" for part in PARTS),
    ]
    whole = [f"{part}/{stem}.safetensors" for part, (_, stem) in PARTS.items()]
    assert weight_files(PUBLISHED) == whole
    assert weight_files([name for name in PUBLISHED if name != whole[2]]) == []
    shards = [f"unet/diffusion_pytorch_model-0000{k}-of-00002.safetensors" for k in (1, 2)]
    sharded = [name for name in PUBLISHED if name != whole[1]] + shards
    assert weight_files(sharded) == []
    assert weight_files([*sharded, f"{whole[1]}.index.json"]) == [whole[0], *shards, whole[2]]


def test_a_pipeline_is_named_by_its_place_on_a_hub(folder, monkeypatch, tmp_path_factory):
    fetched: list[list[str]] = []
    siblings = [SimpleNamespace(rfilename=name, size=1) for name in PUBLISHED]
    info = SimpleNamespace(id="owner/sd", sha="abc", siblings=siblings, safetensors=None)

    def snapshot_download(name, revision, allow_patterns, **_):
        fetched.append(allow_patterns)
        return str(folder)

    def hf_hub_download(name, file, **_):
        fetched.append([file])
        return str(folder / file)

    root = tmp_path_factory.mktemp("hub")
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", hf_hub_download)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(root))
    named._of_hub.cache_clear()
    entry = catalog.entry("owner/sd")
    assert (entry.roles, entry.present, fetched.pop()) == (("tokenizer", "diffusion"), False, [PIPELINE])
    assert hub.checkpoint_of(entry).parameters == 3 * NUMBERS
    assert fetched.pop() == [*small_files(PUBLISHED), *weight_files(PUBLISHED)]
    (root / "models--owner--sd" / "snapshots").mkdir(parents=True)
    (root / "models--owner--sd" / "snapshots" / "abc").symlink_to(folder)
    assert entry.present
    assert fetched == []
    named._of_hub.cache_clear()
