"""Adapters on disk: what comes back, and what a damaged, foreign or unwritable file does."""

from __future__ import annotations

import errno
import json
import logging
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fuse_core.adapter import file as adapter_file
from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.file import adapter_path, load_adapter, save_adapter
from fuse_core.common.errors import UserError
from tests.fuse_core.builders import random_adapter

REPORTS = [
    BucketReport(1, 1, 30, 3, 0.25, 0.5, 1e-3, 0.125),
    BucketReport(2, 3, 20, 0, 0.25, math.nan, 0.0, 0.5),
]


@pytest.fixture
def fitted() -> Adapter:
    adapter = random_adapter(dtype=torch.float32)
    adapter.reports = list(REPORTS)
    return adapter


@pytest.fixture
def path(tmp_path, fitted) -> Path:
    """Where the adapter lies, saved."""
    path = adapter_path(tmp_path, fitted.info)
    save_adapter(fitted, path)
    return path


def loaded_with_warning(path: Path, fitted: Adapter, caplog: pytest.LogCaptureFixture, message: str) -> bool:
    """Whether loading gives nothing and says why, once."""
    caplog.clear()
    found = load_adapter(path, fitted.info)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert message in record.getMessage()
    assert path.name in record.getMessage()
    return found is None


@pytest.mark.parametrize("bucketing", ["pair", "target"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_adapter_comes_back_as_it_was(tmp_path, dtype, bucketing, caplog):
    adapter = random_adapter(bucketing, dtype=dtype)
    adapter.reports = REPORTS[:1]
    path = adapter_path(tmp_path, adapter.info)
    save_adapter(adapter, path)
    found = load_adapter(path, adapter.info)
    assert found.info == adapter.info
    assert found.reports == adapter.reports
    assert found.maps.keys() == adapter.maps.keys()
    for key, m in adapter.maps.items():
        assert found.maps[key].dtype == dtype
        assert torch.equal(found.maps[key], m)
    assert not caplog.records


def test_an_error_that_was_not_measured_comes_back(path, fitted):
    assert math.isnan(load_adapter(path, fitted.info).reports[1].heldout_error)


def test_maps_that_are_views_can_be_saved(tmp_path, fitted):
    fitted.maps = {key: m.transpose(0, 1).clone().transpose(0, 1) for key, m in fitted.maps.items()}
    save_adapter(fitted, tmp_path / "file")
    found = load_adapter(tmp_path / "file", fitted.info)
    assert all(torch.equal(found.maps[key], m) for key, m in fitted.maps.items())


def test_the_path_tells_every_setting_apart(tmp_path, fitted):
    info = fitted.info
    changes = [
        {"source": "other"},
        {"target": "other"},
        {"source_fingerprint": "x"},
        {"target_fingerprint": "x"},
        {"bucketing": "target"},
        {"max_tokens": 3},
        {"words": "x"},
        {"examples": 7},
        {"ridge": "0.0"},
        {"separate_first": True},
        {"format_version": 3},
    ]
    paths = {adapter_path(tmp_path, replace(info, **change)) for change in changes}
    assert len(paths | {adapter_path(tmp_path, info)}) == len(changes) + 1
    assert adapter_path(tmp_path, replace(info)) == adapter_path(tmp_path, info)
    assert adapter_path(tmp_path, info).parent == tmp_path / "adapters"


def test_a_missing_file_is_no_news(tmp_path, fitted, caplog):
    assert load_adapter(tmp_path / "nothing", fitted.info) is None
    assert not caplog.records


def test_a_file_of_another_pair_is_not_used(path, fitted, caplog):
    fitted.info = replace(fitted.info, source_fingerprint="another tokenizer of the same name")
    assert loaded_with_warning(path, fitted, caplog, "another pair")


def test_a_file_without_maps_is_not_used(path, fitted, caplog):
    save_adapter(Adapter(fitted.info, {}, []), path)
    assert loaded_with_warning(path, fitted, caplog, "fitted again")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"not a safetensors file",
        lambda content: b"\xff" * 64 + content[64:],
    ],
    ids=["empty", "half", "cut short", "text", "header overwritten"],
)
def test_a_damaged_file_is_not_used(path, fitted, caplog, damage):
    path.write_bytes(damage(path.read_bytes()))
    assert loaded_with_warning(path, fitted, caplog, "is damaged and is fitted again")


def test_a_folder_in_its_place_is_not_used(path, fitted, caplog):
    path.unlink()
    path.mkdir()
    assert loaded_with_warning(path, fitted, caplog, "is damaged")


@pytest.mark.parametrize(
    "change",
    [
        {"info": None},
        {"reports": None},
        {"info": "{"},
        {"info": "[1]"},
        {"info": json.dumps({"source": "s"})},
        {"reports": "[{}]"},
        {"reports": "5"},
        {"tensor": "embedding.weight"},
    ],
)
def test_a_safetensors_file_of_something_else_is_not_used(path, fitted, caplog, change):
    metadata = {"info": json.dumps(fitted.info.as_dict()), "reports": "[]", **change}
    tensor = metadata.pop("tensor", "1,1")
    save_file({tensor: torch.zeros(4, 3, 1)}, path, {k: v for k, v in metadata.items() if v is not None})
    assert loaded_with_warning(path, fitted, caplog, "is damaged")


def test_a_safetensors_file_without_metadata_is_not_used(path, fitted, caplog):
    save_file({"1,1": torch.zeros(4, 3, 1)}, path)
    assert loaded_with_warning(path, fitted, caplog, "is damaged")


def test_a_damaged_file_can_be_written_again(path, fitted):
    path.write_bytes(b"damaged")
    save_adapter(fitted, path)
    assert load_adapter(path, fitted.info).maps.keys() == fitted.maps.keys()


def test_a_full_disk_leaves_the_old_file(path, fitted, monkeypatch):
    before = path.read_bytes()

    def run_out_of_space(tensors, filename, metadata):
        Path(filename).write_bytes(before[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(adapter_file, "save_file", run_out_of_space)
    with pytest.raises(UserError, match="no space left on device"):
        save_adapter(fitted, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_cache_that_cannot_be_written_is_a_user_error(tmp_path, fitted):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="point FUSE_CACHE at a folder that can be written"):
        save_adapter(fitted, adapter_path(tmp_path / "cache", fitted.info))
