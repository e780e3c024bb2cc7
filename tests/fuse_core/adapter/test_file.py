"""Adapters on disk: what comes back, and what a damaged or foreign file does."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.bucket_fit import BucketReport
from fuse_core.adapter.file import FILE, adapter_artefact, load_adapter, save_adapter
from fuse_core.adapter.stored import chosen_stored, stored_as
from fuse_core.common.artefacts import DAMAGE, ArtefactStore
from fuse_core.common.errors import UserError
from tests.fuse_core.builders import random_adapter

REPORTS = [
    BucketReport(1, 1, 30, 3, 0.25, 0.5, 1e-3, 0.125, 0.4, 0.75),
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
    save_adapter(fitted, tmp_path / FILE)
    return tmp_path / FILE


@pytest.mark.parametrize("bucketing", ["pair", "target"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_adapter_comes_back_as_it_was(tmp_path, dtype, bucketing):
    adapter = random_adapter(bucketing, dtype=dtype)
    adapter.reports = REPORTS[:1]
    save_adapter(adapter, tmp_path / FILE)
    found = load_adapter(tmp_path / FILE)
    assert found.info == adapter.info
    assert found.reports == adapter.reports
    assert found.maps.keys() == adapter.maps.keys()
    for key, m in adapter.maps.items():
        assert found.maps[key].dtype == dtype
        assert torch.equal(found.maps[key], m)


class TestHalfPrecision:
    def test_the_file_is_half_as_large_and_comes_back_as_it_was_used(self, tmp_path, fitted):
        half = stored_as(fitted, "float16")
        sizes = []
        for adapter, name in ((fitted, "whole"), (half, "half")):
            save_adapter(adapter, tmp_path / name)
            sizes.append((tmp_path / name).stat().st_size)
        found = load_adapter(tmp_path / "half")
        assert found.info == half.info
        assert half.bytes == fitted.bytes // 2
        assert sizes[0] - sizes[1] == pytest.approx(half.bytes, abs=200)
        for key, m in half.maps.items():
            assert found.maps[key].dtype == torch.float32
            assert torch.equal(found.maps[key], m)
            torch.testing.assert_close(m, fitted.maps[key], atol=1e-3, rtol=1e-3)

    def test_what_was_kept_before_is_found_under_its_old_identity(self, fitted):
        assert "stored" not in fitted.info.as_dict()
        assert stored_as(fitted, "float16").info.as_dict() == fitted.info.as_dict() | {"stored": "float16"}

    def test_numbers_that_are_too_large_are_a_sentence(self, fitted):
        fitted.maps[1, 1] *= 1e6
        with pytest.raises(UserError, match=r"too large for float16\. Unset FUSE_ADAPTER_DTYPE"):
            stored_as(fitted, "float16")

    def test_the_environment_says_what_adapters_are_stored_in(self, monkeypatch):
        assert chosen_stored() == "float32"
        monkeypatch.setenv("FUSE_ADAPTER_DTYPE", "Float16")
        assert chosen_stored() == "float16"
        with pytest.raises(UserError, match=r"not stored in 'int8'\. Choose one of: float32, float16"):
            chosen_stored("int8")


def test_an_error_that_was_not_measured_comes_back_though_json_knows_no_nan(path):
    assert math.isnan(load_adapter(path).reports[1].heldout_error)
    assert b"NaN" not in path.read_bytes()[:4000]


def test_maps_that_are_views_can_be_saved(path, fitted):
    fitted.maps = {key: m.transpose(0, 1).clone().transpose(0, 1) for key, m in fitted.maps.items()}
    save_adapter(fitted, path)
    found = load_adapter(path)
    assert all(torch.equal(found.maps[key], m) for key, m in fitted.maps.items())


def test_the_entry_tells_everything_apart_that_an_adapter_depends_on(fitted):
    info = fitted.info
    changes = [
        {"source": "other"},
        {"target": "other"},
        {"source_fingerprint": "x"},
        {"target_fingerprint": "x"},
        {"source_table": "x"},
        {"target_table": "x"},
        {"bucketing": "target"},
        {"max_tokens": 3},
        {"words": "x"},
        {"words_digest": "x"},
        {"examples": 7},
        {"ridge": "0.0"},
        {"separate_first": True},
        {"format_version": 7},
    ]
    assert {name for change in changes for name in change} == set(info.as_dict())
    entries = {adapter_artefact(replace(info, **change)).entry for change in changes}
    assert len(entries | {adapter_artefact(info).entry}) == len(changes) + 1
    assert adapter_artefact(replace(info)).entry == adapter_artefact(info).entry


def test_it_is_kept_in_the_store_and_found_there(tmp_path, fitted):
    store, artefact = ArtefactStore(tmp_path), adapter_artefact(fitted.info)
    store.get_or_create(artefact, lambda report: fitted)
    found = store.get_or_create(artefact, lambda report: pytest.fail("fitted again"))
    assert found.info == fitted.info
    assert (store.folder(artefact) / FILE).exists()


def test_a_file_of_another_pair_is_not_used(path, fitted):
    other = replace(fitted.info, source_fingerprint="another tokenizer of the same name")
    with pytest.raises(ValueError, match="another pair"):
        adapter_artefact(other).read(path.parent)


def test_a_file_without_maps_is_not_used(path, fitted):
    save_adapter(Adapter(fitted.info, {}, []), path)
    with pytest.raises(ValueError, match="no maps"):
        load_adapter(path)


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
def test_a_damaged_file_counts_as_damage(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DAMAGE):
        load_adapter(path)


def test_a_missing_file_or_a_folder_in_its_place_counts_as_damage(path):
    path.unlink()
    with pytest.raises(DAMAGE):
        load_adapter(path)
    path.mkdir()
    with pytest.raises(DAMAGE):
        load_adapter(path)


@pytest.mark.parametrize(
    "change",
    [
        {"info": None},
        {"reports": None},
        {"info": "{"},
        {"info": "[1]"},
        {"info": json.dumps({"source": "s"})},
        {"reports": "[{}]"},
        {"reports": "[1]"},
        {"reports": "5"},
        {"tensor": "embedding.weight"},
    ],
)
def test_a_safetensors_file_of_something_else_counts_as_damage(path, fitted, change):
    metadata = {"info": json.dumps(fitted.info.as_dict()), "reports": "[]", **change}
    tensor = metadata.pop("tensor", "1,1")
    save_file({tensor: torch.zeros(4, 3, 1)}, path, {k: v for k, v in metadata.items() if v is not None})
    with pytest.raises(DAMAGE):
        load_adapter(path)


def test_a_safetensors_file_without_metadata_counts_as_damage(path):
    save_file({"1,1": torch.zeros(4, 3, 1)}, path)
    with pytest.raises(DAMAGE):
        load_adapter(path)
