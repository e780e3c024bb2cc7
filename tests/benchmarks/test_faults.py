"""A slice of the fault harness, and that it sees what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults.child import Ended
from benchmarks.faults.fault import Case, Stages
from benchmarks.faults.judge import _first, _left, _next
from benchmarks.faults.world import World
from fuse_core.common.artefacts import ENTRY
from tests.conftest import REPOSITORY

CLEAN = Ended(0, '{"caption": "a cat", "seconds": 1}', "", 1.0)
CASE = Case("conversion", "a test", lambda world: CLEAN)


def test_a_case_of_every_kind_of_fault():
    command = [sys.executable, "-m", "benchmarks.faults", "--works", "conversion", "--sample", "1", "--processes", "1"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "7 of 7 cases, 0 with problems" in done.stdout


@pytest.fixture
def stages(tmp_path) -> Stages:
    """Worlds with an entry in the cache, before and after the last work."""
    worlds = [World(tmp_path / name) for name in ("before", "whole", "found")]
    for world in worlds:
        for folder in world.written:
            folder.mkdir(parents=True)
    for world in worlds[1:]:
        entry = world.root / "cache" / "models" / "x"
        entry.mkdir(parents=True)
        (entry / ENTRY).write_text(json.dumps({"sha256": {}}))
        (entry / "text").write_text("ours")
    return Stages({"conversion": worlds[0]}, worlds[1], {"conversion": CLEAN})


@pytest.mark.parametrize(
    ("ended", "problem"),
    [
        (Ended(0, '{"caption": "a cat", "seconds": 7}', "", 1.0), None),
        (Ended(2, "", "error: No space.", 1.0), None),
        (Ended(2, "", "", 1.0), "fails without a sentence"),
        (Ended(0, '{"caption": "a dog", "seconds": 1}', "", 1.0), "another answer"),
        (Ended(70, "", "Traceback (most recent call last):", 1.0), "ends with 70"),
        (Ended(-9, "", "", 60.0, hung=True), "hangs"),
        (Ended(0, CLEAN.out, "Something went wrong (OSError).", 1.0), "says: Something"),
    ],
)
def test_how_a_harmed_run_may_end(stages, ended, problem):
    found = list(_first(CASE, ended, stages))
    assert bool(found) == bool(problem)
    assert not problem or any(problem in line for line in found)
    assert bool(list(_next(CASE, ended, stages))) == (ended.code != 0 or bool(problem))  # the next one has to answer


@pytest.mark.parametrize(
    ("path", "content", "problem"),
    [
        ("cache/models/x/text", "ours", None),
        ("cache/models/x/text", "others", "is not what it should be"),
        ("cache/models/x/text", None, "missing"),
        ("cache/staging/y/part", "", "litter"),
        ("cache/locks/x.json", "", "litter"),
        ("out/.run.json-0a1b2c3d.tmp", "", "litter"),
        ("tmp/x", "", "litter"),
    ],
)
def test_what_may_be_left(stages, tmp_path: Path, path, content, problem):
    found = World(tmp_path / "found")
    file = found.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink() if content is None else file.write_text(content)
    told = list(_left(found, CASE, stages))
    assert len(told) == bool(problem)
    assert not problem or problem in told[0]
