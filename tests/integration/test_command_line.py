"""The command line on the real offline models."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

import fuse_core.library
from fuse_core.cli.parser import main
from fuse_core.library import Library
from fuse_core.search.saved_session import SavedSession

pytestmark = pytest.mark.models


@pytest.fixture(autouse=True)
def loaded(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command finds the models that the other tests loaded."""
    monkeypatch.setattr(fuse_core.library, "Library", lambda: library)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    """What a command prints with --json."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_fit_reports_both_bucketings_and_pair_is_better(capsys):
    found = answer(capsys, "fit", "--source", "smollm2", "--target", "minilm")
    pair, target = found["by_bucketing"]["pair"], found["by_bucketing"]["target"]
    assert pair["heldout_error"] < 0.97 * target["heldout_error"] < 0.97
    assert all(bucket["heldout_error"] < 1 for bucket in pair["buckets"])
    assert {(b["i"], b["j"]) for b in pair["buckets"]} >= {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert {(b["i"], b["j"]) for b in target["buckets"]} == {(None, j) for j in (1, 2, 3, 4)}
    assert found["bytes"] > 0
    common = found["common_heldout"]
    assert common["words"] > 9000
    for measure in ("error", "weighted_error"):
        assert common["pair"][measure] < 0.97 * common["target"][measure] < 0.97
    assert 0.2 < pair["explained"] < 0.4


@pytest.mark.parametrize(
    ("names", "candidates", "gain", "share"),
    [(("cat", "coffee"), 500, 1.5, 0.95), pytest.param(None, 2000, 4, 0.97, marks=pytest.mark.full)],
)
def test_the_carried_gradient_ranks_nearly_as_well_as_the_targets_own(
    capsys, tmp_path, picture_paths, names, candidates, gain, share
):
    names = names or tuple(picture_paths)
    for name in names:
        shutil.copy(picture_paths[name], tmp_path)
    found = answer(capsys, "fidelity", "--images", str(tmp_path), "--candidates", str(candidates))
    assert len(found["contexts"]) == 4 * len(names)
    assert len({row["image"] for row in found["contexts"]}) == len(names)
    assert found["share"]["fuse"] >= share
    assert found["share"]["fuse"] > found["share"]["fuse-embedding"] > found["share"]["random"]
    assert found["recall"]["fuse"] >= gain * found["within"] / found["candidates"]
    assert abs(found["spearman"]["random"]) < 0.05


def test_caption_of_one_picture_is_saved_for_the_app(capsys, tmp_path, picture_paths):
    out = tmp_path / "run.json"
    picture = str(picture_paths["cat"])
    found = answer(capsys, "caption", picture, "--steps", "2", "--candidates", "16", "--out", str(out))
    assert found["caption"]
    assert len(found["steps"]) == 2
    assert found["objective"] == min(prompt["objective"] for prompt in found["finished"])
    assert set(found["losses"]) == {"smollm2", "minilm-centred"}
    saved = SavedSession.parse(out.read_text("utf-8"))
    assert saved.picture_name == "cat.jpg"
    assert len(saved.steps) == 3


def test_a_bad_file_does_not_stop_a_folder(capsys, tmp_path, picture_paths):
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "b.jpg").write_bytes(picture_paths["cat"].read_bytes())
    journal, table = tmp_path / "results.jsonl", tmp_path / "results.csv"
    arguments = ("caption", str(tmp_path), "--steps", "1", "--candidates", "8", "--out", str(journal))
    found = answer(capsys, *arguments, "--csv", str(table))["results"]
    assert [row["image"] for row in found] == ["a.jpg", "b.jpg"]
    assert "is not a picture" in found[0]["error"]
    assert found[1]["caption"]
    assert list(pd.read_csv(table)["image"]) == ["a.jpg", "b.jpg"]
    before = journal.read_bytes()
    assert answer(capsys, *arguments)["results"] == found
    assert journal.read_bytes() == before
