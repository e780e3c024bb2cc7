from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import huggingface_hub
import pytest

from fuse_core.models import catalog
from fuse_core.models.fetch_plan import fetch_plan, too_large
from tests.fuse_core import tiny_models

FILES = {"config.json": 600, "model.safetensors": 1_520_000_000, "pytorch_model.bin": 1_600_000_000}


@pytest.fixture
def entry(monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("FUSE_MODELS", raising=False)
    return replace(catalog.entry("gpt2-medium"), hub="somebody/gpt2-medium")


def answers(monkeypatch, files: dict[str, int], parameters: int | None) -> None:
    """Let the hub say this of every repository."""
    info = SimpleNamespace(
        id="somebody/gpt2-medium",
        sha="0" * 40,
        siblings=[SimpleNamespace(rfilename=name, size=size) for name, size in files.items()],
        safetensors=None if parameters is None else SimpleNamespace(total=parameters),
    )
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    monkeypatch.setattr(huggingface_hub.HfApi, "get_repo_discussions", lambda *_, **__: iter(()))


@pytest.mark.parametrize(("parameters", "memory"), [(355_000_000, 1_420_000_000), (None, 1_520_000_000)])
def test_of_a_model_on_the_hub_the_weights_in_safetensors_are_counted(monkeypatch, entry, parameters, memory):
    answers(monkeypatch, FILES, parameters)
    plan = fetch_plan(entry)
    assert (plan.here, plan.download, plan.memory, plan.problem) == (False, 1_520_000_000, memory, "")


def test_what_the_hub_has_as_pickles_alone_is_said_and_not_planned(monkeypatch, entry):
    answers(monkeypatch, {"config.json": 600, "pytorch_model.bin": 1_600_000_000}, None)
    plan = fetch_plan(entry)
    assert (plan.here, plan.download) == (False, None)
    assert "has no safetensors on the hub" in plan.problem


def test_without_an_answer_the_problem_is_said(monkeypatch, entry):
    def fail(*_, **__):
        raise ConnectionError("closed")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    assert "could not be fetched from the hub" in fetch_plan(entry).problem


def test_of_one_that_is_here_nothing_is_fetched(monkeypatch, entry, tmp_path):
    network = tiny_models.gpt2().network
    network.save_pretrained(tmp_path / "mine")
    plan = fetch_plan(replace(entry, hub=str(tmp_path / "mine")))
    assert (plan.here, plan.download) == (True, 0)
    assert plan.memory == 4 * sum(parameter.numel() for parameter in network.parameters())


def test_a_wheel_that_is_not_installed_is_named(monkeypatch, entry):
    plan = fetch_plan(replace(entry, hub=None, packages=("no_such_wheel",)))
    assert "no_such_wheel" in plan.problem


def test_the_memory_of_all_of_them_counts(monkeypatch, entry):
    answers(monkeypatch, FILES, 1_000)
    plans = [fetch_plan(entry)] * 3
    assert not too_large(plans, 12_000)
    assert too_large(plans, 11_999)
