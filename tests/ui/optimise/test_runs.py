"""Runs of a visit: kept by the browser, exported, drawn as a tree; no model is loaded."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools

import pytest

from fuse_core.common.errors import UserError
from ui.optimise import beam_tree, browser_storage, compare
from ui.optimise.candidates_csv import candidates_csv
from ui.optimise.run import Run
from ui.optimise.visit_state import RECORDED, VisitState

TEXT = RECORDED.read_text("utf-8")


def visit() -> VisitState:
    run = Run.parse(TEXT)
    return VisitState(pictures=run.pictures, name=run.picture_name, runs={"A": run, "B": Run.parse(TEXT)}, active="B")


class TestBrowserStorage:
    def test_what_was_stored_comes_back_without_models(self):
        found = browser_storage.unpack(browser_storage.pack(visit()))
        assert found.active == "B"
        assert {name: run.to_json() for name, run in found.runs.items()} == {"A": TEXT, "B": TEXT}
        assert all(run.session is None for run in found.runs.values())

    def test_nothing_is_stored_of_an_empty_visit_or_of_runs_too_large(self, monkeypatch):
        assert browser_storage.pack(VisitState()) == browser_storage.NOTHING
        monkeypatch.setattr(browser_storage, "MOST", 1_000)
        assert browser_storage.pack(visit()) == browser_storage.NOTHING

    @pytest.mark.parametrize("damaged", ["", "no base64!", "aGVsbG8=", 3, "half"])
    def test_damage_gets_a_sentence(self, damaged):
        text = browser_storage.pack(visit())[:5000] if damaged == "half" else damaged
        with pytest.raises(UserError, match="cannot be read"):
            browser_storage.unpack(text)


def test_the_trace_has_every_candidate_of_every_step():
    run = Run.parse(TEXT)
    rows = list(csv.DictReader(io.StringIO(candidates_csv(run.steps, run.config).removeprefix("\ufeff"))))
    assert len(rows) == sum(len(step.candidates) for step in run.steps)
    assert [row["prompt"] for row in rows if row["step"] == "3" and row["rank"] == "1"] == [
        run.steps[3].beams[0].text.strip()
    ]


class TestTree:
    def test_every_kept_prompt_has_the_parent_it_continues(self):
        steps = Run.parse(TEXT).steps
        for before, step in itertools.pairwise(steps):
            for node in beam_tree.nodes(step, before):
                assert node.parent is not None
                assert node.prompt.startswith(before.beams[node.parent - 1].text.strip())

    def test_markup_in_prompts_is_escaped(self):
        steps = Run.parse(TEXT).steps
        beam = dataclasses.replace(steps[1].beams[0], text=" <b>x</b>")
        edited = dataclasses.replace(steps[1], beams=(beam,), candidates=(), edited=True)
        assert "<b>x" not in str(beam_tree.beam_tree([steps[0], edited], edited).to_json()).replace("\\u003c", "<")


def test_runs_are_compared_up_to_where_they_part():
    shown = visit()
    b = shown.runs["B"]
    b.steps[4] = dataclasses.replace(b.steps[4], seconds=9.0)
    assert compare.parting(shown.runs["A"], shown.runs["B"]) == 3
    assert compare.difference(shown.runs).startswith("They share the steps up to 3.")
    assert list(compare.costs(shown.runs)) == ["", "run A", "run B"]


def test_hostile_captions_are_text_in_the_comparison():
    shown = visit()
    for run in shown.runs.values():
        hostile = dataclasses.replace(run.best, text=" <img src=x onerror=alert(1)>", objective=-1.0)
        run.steps[-1] = dataclasses.replace(run.steps[-1], beams=(hostile,), finished_prompts=(hostile,))
    html = compare.captions(shown.runs)
    assert "<img" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 2
    assert "Run A" in html
    assert "Their settings are the same so far." in html
