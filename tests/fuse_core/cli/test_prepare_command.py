from __future__ import annotations

import json

import pytest

from fuse_core.cli.parser import main
from fuse_core.common.hosting import may_fetch
from fuse_core.models import memory
from fuse_core.models.fetch_plan import FetchPlan


@pytest.fixture
def plans(monkeypatch):
    """What is planned, by model; everything else is here."""
    found: dict[str, FetchPlan] = {}

    def plan(entry):
        return found.get(entry.key, FetchPlan(entry.key, entry.origin, True, 0))

    monkeypatch.setattr("fuse_core.models.fetch_plan.fetch_plan", plan)
    monkeypatch.setattr(memory, "available", lambda: 3_000_000_000)
    return found


def test_a_dry_run_says_what_would_be_fetched_and_makes_nothing(capsys, plans, monkeypatch):
    monkeypatch.setattr("fuse_core.search.preparation.prepare", None)
    plans["gpt2-medium"] = FetchPlan("gpt2-medium", "a hub", False, 1_520_000_000, 1_420_000_000)
    assert main(["prepare", "--preset", "paper-caption", "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "1.5 GB" in told
    assert "1.4 GB" in told
    assert "nothing" in told
    assert "1.5 GB to fetch in all; 3.0 GB of memory are free." in told


def test_where_no_presets_models_are_here_those_of_the_offline_one_are_asked_for(capsys, plans, monkeypatch):
    monkeypatch.setattr("fuse_core.search.preparation.presets_at_hand", list)
    assert main(["prepare", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["presets"] == ["offline-caption"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (FetchPlan("gpt2-medium", "a hub", False, 9, 4_000_000_000), "more memory than is free"),
        (FetchPlan("gpt2-medium", "a hub", False, problem="It is gated."), "It is gated."),
    ],
)
def test_what_cannot_be_is_said_beside_the_plan(capsys, plans, plan, message):
    plans["gpt2-medium"] = plan
    assert main(["prepare", "--preset", "paper-caption", "--dry-run", "--json"]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert {row["key"] for row in json.loads(told.out)["plan"]} == {"gpt2-medium", "clip-vit-base-patch32"}


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_whoever_runs_a_public_host_may_fetch_for_it(plans, monkeypatch, options):
    monkeypatch.setenv("FUSE_PUBLIC", "1")
    allowed = []
    monkeypatch.setattr("fuse_core.search.preparation.prepare", lambda *_: allowed.append(may_fetch()))
    monkeypatch.setattr("fuse_core.models.memory.available", lambda: allowed.append(may_fetch()) or 3_000_000_000)
    assert main(["prepare", "--preset", "offline-caption", *options]) == 0
    assert allowed
    assert all(allowed)
    assert not may_fetch()
