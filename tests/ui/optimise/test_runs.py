"""Runs of a visit: kept by the browser, exported, drawn as a tree; no model is loaded."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json

import pytest

from fuse_core.common.errors import UserError
from tests.ui.optimise.keeping import Browser
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
        browser, shown = Browser(), visit()
        browser.keep(browser_storage.message(shown))
        found, ran = browser_storage.restored(browser.read())
        assert (found.active, ran) == ("B", False)
        assert {name: run.id for name, run in found.runs.items()} == {name: run.id for name, run in shown.runs.items()}
        content = json.loads(TEXT)
        for run in found.runs.values():
            assert run.session is None
            assert run.steps == Run.parse(TEXT).steps
            again = json.loads(run.to_json())
            assert {name: again[name] for name in content} == content

    def test_each_step_is_sent_once_and_a_step_undone_is_forgotten(self):
        browser, shown = Browser(), visit()
        shown.runs.pop("A")
        steps = shown.runs["B"].steps
        whole = list(steps)
        del steps[1:]
        sizes, text = [], ""
        for step in whole[1:4]:
            steps.append(step)
            text = browser_storage.message(shown)
            browser.keep(text)
            sizes.append([len(run["steps"]) for run in json.loads(text)["runs"]])
        assert sizes == [[2], [1], [1]]
        assert len(text) < 60_000  # no picture
        del steps[2:]
        steps.append(whole[3])
        browser.keep(browser_storage.message(shown))
        (kept,) = browser.runs.values()
        assert kept["steps"] == [browser_storage.pack(json.dumps(s.as_dict(), ensure_ascii=False)) for s in steps]

    def test_a_branch_is_sent_without_what_it_begins_with(self):
        browser, shown = Browser(), visit()
        branch = shown.runs.pop("B")
        del branch.steps[4:]
        shown.active = "A"
        browser.keep(browser_storage.message(shown))
        shown.runs["B"] = branch
        text = browser_storage.message(shown)
        assert len(text) < 20_000  # neither pictures nor steps
        browser.keep(text)
        kept = browser_storage.restored(browser.read())[0].runs["B"]
        assert kept.steps == Run.parse(TEXT).steps[:4]
        assert kept.pictures == branch.pictures

    def test_a_copy_is_sent_as_a_run_of_its_own(self):
        browser, shown = Browser(), visit()
        shown.running = True
        browser.keep(browser_storage.message(shown))
        found, ran = browser_storage.restored(browser.read(copied=True))
        assert ran
        first, second = json.loads(browser_storage.message(found))["runs"]
        assert (first["from"], "like" in first) == (0, False)
        assert second["like"] == first["id"]

    @pytest.mark.parametrize("damaged", ["", "null", "{}", "aGVsbG8=", '{"runs": {"A": {"head": 3}}}', "half", "long"])
    def test_damage_gets_a_sentence(self, damaged, monkeypatch):
        browser = Browser()
        browser.keep(browser_storage.message(visit()))
        if damaged == "long":
            monkeypatch.setattr(browser_storage, "UNPACKED", 1_000)
        text = {"half": browser.read()[:5000], "long": browser.read()}.get(damaged, damaged)
        with pytest.raises(UserError, match="cannot be read"):
            browser_storage.restored(text)
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
