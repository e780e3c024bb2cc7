"""The Dockerfile, which no test builds: what it names exists, and what the page needs is in it."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from benchmarks import space
from fuse_core.library import Library
from ui.health import Health
from ui.kit.jobs import JobRunner

REPOSITORY = Path(__file__).resolve().parents[1]
LINES = (REPOSITORY / "Dockerfile").read_text("utf-8").replace("\\\n", "").splitlines()


def of(instruction: str) -> list[str]:
    """What stands after an instruction, one a line."""
    return [line.partition(" ")[2].strip() for line in LINES if line.split(" ")[0] == instruction]


@pytest.fixture
def copied() -> set[str]:
    return {name for line in of("COPY") for name in shlex.split(line)[:-1]}


def test_all_that_is_copied_exists_and_is_not_left_out(copied):
    assert all((REPOSITORY / name).exists() for name in copied)
    let_through = re.findall(r"^!(.+)$", (REPOSITORY / ".dockerignore").read_text("utf-8"), re.M)
    assert set(let_through) == copied


def test_all_that_the_page_needs_is_copied(copied):
    assert {*space.PARTS, "requirements-models.txt"} <= copied
    assert {name for line in of("RUN") for name in re.findall(r"[\w-]+\.txt", line)} <= copied
    assert re.findall(r"^torch==", (REPOSITORY / "requirements.txt").read_text("utf-8"), re.M) == ["torch=="]


def test_it_runs_as_nobody_special_with_the_python_of_the_space():
    settings = space.settings(REPOSITORY)
    assert of("FROM") == [f"python:{settings['python_version']}-slim"]
    assert of("USER") == ["fuse"]
    assert json.loads(of("CMD")[-1]) == ["python", settings["app_file"]]


def test_its_health_is_asked_where_it_is_answered(tmp_path):
    check = of("HEALTHCHECK")[0]
    code = json.loads(check[check.index("[") :])[2]
    compile(code, "HEALTHCHECK", "exec")
    paths = [route.path for route in Health(Library(tmp_path), None, JobRunner(), str).routes]  # type: ignore[arg-type]
    assert re.findall(r"\{os\.environ\[\"PORT\"\]\}(/\w+)", code) == [paths[0]]
    environment = dict(pair.split("=", 1) for pair in shlex.split(of("ENV")[-1]))
    assert environment["PORT"] in of("EXPOSE")
    assert environment["FUSE_CACHE"].startswith(of("VOLUME")[0])
    assert (environment["HOST"], environment["FUSE_PUBLIC"]) == ("0.0.0.0", "1")
