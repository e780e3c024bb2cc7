"""What a Hugging Face Space reads of this tree: the front matter of README.md, and requirements.txt."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from benchmarks import space
from fuse_core.models import catalog
from fuse_core.models.hub import parts
from fuse_core.search.default_preset import offline_preset
from fuse_core.search.preparation import models_of
from fuse_core.search.presets import load_preset

REPOSITORY = Path(__file__).resolve().parents[1]
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
LONGEST = 60  # characters of a short description


@pytest.fixture
def settings() -> dict[str, Any]:
    return space.settings(REPOSITORY)


def test_the_interface_is_served_by_the_gradio_that_is_required(settings):
    required = re.findall(r"^gradio==(.+)$", (REPOSITORY / "requirements.txt").read_text("utf-8"), re.M)
    assert [settings["sdk_version"]] == required
    assert settings["sdk"] == "gradio"
    assert (REPOSITORY / settings["app_file"]).is_file()


def test_its_python_is_new_enough(settings):
    least = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    wanted = re.fullmatch(r">=(\d+)\.(\d+)", least)
    assert wanted
    assert isinstance(settings["python_version"], str)  # 3.10 as a number would be 3.1
    assert tuple(map(int, settings["python_version"].split("."))) >= tuple(map(int, wanted.groups()))


def test_its_card_is_within_the_hosts_bounds(settings):
    assert {settings["colorFrom"], settings["colorTo"]} <= COLOURS
    assert len(settings["short_description"]) <= LONGEST
    assert re.fullmatch(r"\d+[mh]", settings["startup_duration_timeout"])
    assert not settings["emoji"].isascii()


def test_the_models_of_the_first_step_are_fetched_when_it_is_built(settings):
    keys = [catalog.entry(key).embeddings for key in models_of(load_preset(offline_preset()))]
    needed = [part.hub for key in keys for part in parts(catalog.entry(key))]
    assert settings["models"] == needed
    assert [line.split()[0] for line in settings["preload_from_hub"]] == needed
