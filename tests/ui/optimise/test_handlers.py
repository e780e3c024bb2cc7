"""The Optimise tab's handlers, called as the page calls them, over tiny models."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import gradio as gr
import pytest

from fuse_core.objective import language_term
from fuse_core.search.methods import registry
from tests.saved_tables import saved_rows
from tests.ui.optimise.keeping import Browser
from tests.ui.visitor import Visitor
from ui.kit.examples import EXAMPLES
from ui.optimise.layout import KEY
from ui.optimise.visit_state import VisitState

DATA = Path(__file__).parents[2] / "data" / "v1"


@pytest.fixture
def run(visitor: Visitor) -> Visitor:
    """Somebody two steps into a short run on an example picture."""
    visitor.do("examples", "select", {"index": 1, "value": None})
    for field, value in (("Steps", 4), ("Beams", 2), ("Candidates", 6)):
        visitor[field] = value
    for _ in range(2):
        visitor.do("step")
    assert "Step 2 of 4" in visitor.text("status"), visitor.text("status")
    return visitor


def caption(visit: Visitor) -> str:
    (found,) = re.findall(r'data-caption="([^"]*)"', visit["caption-box"])
    return found


def facts(visit: Visitor) -> str:
    return visit["facts"]


def state(visit: Visitor) -> VisitState:
    (found,) = [value for value in visit._values.values() if isinstance(value, VisitState)]
    return found


def browser_of(visit: Visitor) -> Browser:
    """A browser that had nothing and asked for all."""
    browser = Browser()
    visit.do("keep-again")
    browser.keep(visit["stored"])
    return browser


def reopened(page: gr.Blocks, name: str, kept: str) -> Visitor:
    """A page that its browser has something for."""
    visit = Visitor(page, name)
    visit["kept"] = kept
    visit.open()
    return visit


class TestRun:
    def test_the_recorded_run_is_shown_at_first(self, visitor):
        assert "Recorded run" in visitor.text("status")
        assert caption(visitor)
        assert not visitor.prop("branch", "interactive")

    def test_an_example_ends_the_recorded_run(self, visitor):
        visitor.do("examples", "select", {"index": 2, "value": None})
        assert "Ready" in visitor.text("status")
        assert caption(visitor) == ""

    def test_steps_are_taken_and_undone(self, run):
        second = caption(run)
        assert run.prop("timeline", "maximum") == 2
        run.do("back")
        assert "Step 1 of 4" in run.text("status")
        assert caption(run) != second
        run.do("step")
        assert caption(run) == second  # the same seed

    def test_progress_is_shown_while_models_load_and_candidates_are_scored(self, visitor):
        shown = [(visitor.text("status"), visitor["status"]) for _ in visitor.doing("step")]
        lines = [line for line, _ in shown]
        assert "Loading the language model" in lines[0]
        assert "fx-bar" in shown[0][1]
        assert any("proposing and scoring candidates" in line for line in lines)

    def test_a_step_in_several_batches_moves_and_the_empty_caption_goes(self, visitor, monkeypatch):
        visitor.do("examples", "select", {"index": 2, "value": None})
        assert "No caption yet. Press Step for one step" in visitor.text("caption-box")
        vocabulary = 50257  # of gpt2-medium's tokenizer
        monkeypatch.setattr(language_term, "LOGITS_PER_BATCH", 40 * vocabulary)
        visitor["Method"] = "gcg"
        shown = [(visitor.text("status"), visitor.text("caption-box")) for _ in visitor.doing("step")]
        moving = [line for line, _ in shown if "candidates scored" in line]
        assert len(moving) > 2
        assert moving[0] != moving[1]
        assert all("No caption yet" not in card for line, card in shown if "candidates scored" in line)

    def test_a_run_goes_to_its_end_and_then_says_so(self, run):
        lines = [run.text("status") for _ in run.doing("run")]
        assert any("Running: step 3 of 4 done." in line for line in lines)
        assert "Finished after 4 steps" in run.text("status")
        run.do("run")
        assert "All 4 steps are taken. Raise Steps, go Back, or Reset." in run.text("status")

    def test_pause_ends_a_run_after_the_step_in_progress(self, run):
        for _ in run.doing("run"):
            if "Running" in run.text("status"):
                run.do("pause")
        assert "Step 3 of 4" in run.text("status") or "Step 2 of 4" in run.text("status")

    def test_pause_ends_the_loading_of_models(self, visitor):
        loading = visitor.doing("step")
        next(loading)
        visitor.do("pause")
        for _ in loading:
            pass
        assert "Cancelled" in visitor.text("status")
        visitor.do("step")
        assert "Step 1 of" in visitor.text("status")

    def test_what_a_press_shows_is_not_its_last_answer_which_gradio_sends_twice(self, run, monkeypatch):
        answers = []
        monkeypatch.setattr(run, "_take", lambda fn, answer: answers.append(answer))
        run.do("reset")
        assert len(answers[0]) > 20
        assert answers[-1] == {run.component("status"): gr.skip()}

    def test_reset_goes_back_to_the_start_with_the_picture(self, run):
        run.do("reset")
        assert "Ready" in run.text("status")
        assert run["picture"] is not None

    def test_every_step_of_a_run_is_kept_as_soon_as_it_is_taken_and_comes_back(self, run, page):
        browser = browser_of(run)
        run["Steps"] = 8
        seen = []
        for _ in run.doing("run"):
            line = run.text("status")
            if found := re.search(r"Running: step (\d+) of 8 done", line):
                browser.keep(run["stored"])
                seen.append(found[1])
            if seen[-1:] == ["5"]:
                break  # the page is reloaded
        assert seen == ["3", "4", "5"]
        later = reopened(page, "reloaded", browser.read())
        assert "Your run, kept by this browser: step 5 of 8. It ran when the page was left" in later.text("status")
        assert caption(later) == caption(run)
        later.do("step")
        assert "Step 6 of 8" in later.text("status")

    def test_a_duplicated_tab_goes_on_with_a_copy(self, run, page):
        browser = browser_of(run)
        later = reopened(page, "duplicated", browser.read(copied=True))
        assert "This tab is a copy of another one, and so is the run." in later.text("status")

    def test_what_is_pressed_while_a_run_is_at_work_is_done_afterwards_in_order(self, run):
        run["Steps"] = 40
        running = run.doing("run")
        while "Running: step" not in run.text("status"):
            next(running)
        run.do("pause")
        assert run.text("status") == "Pausing after this step …"
        at = len(state(run).steps) - 1
        for button in ("back", "back", "reset", "undo"):
            run.do(button)
            assert f"{button.capitalize()} follows" in run.text("status")
        for _ in running:
            pass
        assert len(state(run).steps) - 1 <= at - 1  # a step may have been in progress
        assert "Undone: Reset" in run.text("status")
        run.do("step")
        assert f"Step {at} of 40" in run.text("status")

    def test_a_run_paused_and_pressed_again_goes_on(self, run):
        running = run.doing("run")
        while "Running" not in run.text("status"):
            next(running)
        run.do("run")  # it runs already
        run.do("pause")
        run.do("run")
        for _ in running:
            pass
        assert "Finished after 4 steps" in run.text("status")
        run.do("pause")
        assert "Nothing runs" in run.text("status")

    @pytest.mark.parametrize("button", ["run", "step"])
    def test_what_was_pressed_before_pause_and_comes_after_it_does_not_begin(self, run, button):
        run["pressed"] = 2000.0
        run.do("pause")
        run["pressed"] = 1000.0
        run.do(button)
        assert "Paused before it began. Press Step or Run to go on." in run.text("status")
        assert len(state(run).steps) - 1 == 2
        run["pressed"] = 3000.0
        run.do(button)
        assert len(state(run).steps) - 1 == {"run": 4, "step": 3}[button]

    def test_a_picture_given_while_a_run_is_at_work_is_refused_and_the_old_one_shown(self, run):
        stepping = run.doing("step")
        next(stepping)
        shown = run["picture"]
        run["picture"] = None
        for event in ("clear", "upload"):
            run["picture"] = str(EXAMPLES[0])
            run.do("picture", event)
            assert "Step is at work. Press Pause first, or wait for it to end." in run.text("status")
            assert run["picture"] is shown
        for _ in stepping:
            pass
        assert "Step 3 of 4" in run.text("status")

    def test_wrong_settings_change_nothing_but_the_status(self, run, notices):
        before = caption(run), facts(run)
        run["Steps"] = 0
        run.do("step")
        assert "'Steps' must be a whole number" in run.text("status")
        assert 'role="alert"' in run["status"]
        assert len(notices) == 1
        assert (caption(run), facts(run)) == before

    def test_a_damaged_picture_leaves_the_old_one(self, run, tmp_path):
        before, shown = caption(run), run["picture"]
        (tmp_path / "bad.jpg").write_bytes(b"no picture")
        run["picture"] = str(tmp_path / "bad.jpg")
        run.do("picture", "upload")
        assert 'role="alert"' in run["status"]
        assert run["picture"] is shown
        assert caption(run) == before

    def test_an_error_of_ours_is_no_traceback(self, run, monkeypatch):
        monkeypatch.setattr("fuse_core.search.session.take_step", lambda *_: 1 / 0)
        run.do("step")
        assert "Something went wrong (ZeroDivisionError); your run is as it was." in run.text("status")
        monkeypatch.setattr("fuse_core.search.session.take_step", registry.take_step)
        run.do("step")
        assert "Step 3 of 4" in run.text("status")

    def test_a_change_of_bucketing_shows_progress_and_goes_on(self, run):
        run["Word buckets"] = "target"
        lines = [run.text("status") for _ in run.doing("step")]
        assert "Loading" in lines[0]
        assert "Step 3 of 4" in run.text("status")

    def test_a_change_of_the_objective_is_refused(self, run):
        run["Prefix"] = "A drawing of"
        run.do("step")
        assert "the steps so far were measured with the old ones" in run.text("status")


class TestHistory:
    def test_any_step_is_looked_at_and_the_latest_followed(self, run):
        latest = caption(run)
        run["timeline"] = 1
        run.do("timeline", "input")
        assert facts(run).startswith("Step 1 of 4")
        assert caption(run) != latest
        assert run.prop("latest", "visible")
        run.do("latest")
        assert caption(run) == latest
        assert not run.prop("latest", "visible")

    @pytest.mark.parametrize(("point", "shown"), [("1,0.5,123", "Step 1"), ("nonsense", "Step 2"), ("", "Step 2")])
    def test_a_click_on_a_figure_opens_its_step(self, run, point, shown):
        run["curve-click"] = point
        run.do("curve-click", "input")
        assert facts(run).startswith(shown)

    def test_a_branch_goes_its_own_way(self, run):
        first = caption(run)
        run["timeline"] = 1
        run.do("timeline", "input")
        run.do("branch")
        assert "Run B branches from step 1 of run A" in run.text("status")
        run["Who proposes tokens"] = "random"
        run.do("step")
        assert "Run B. Step 2 of 4" in run.text("status")
        assert "who proposes tokens fuse → random" in run["compare-captions"]
        assert "They share the steps up to 1." in run["compare-captions"]
        run["switch"] = "A"
        run.do("switch", "input")
        assert caption(run) == first

    def test_a_prompt_of_ones_own_becomes_a_step(self, run):
        run["prompt"] = " "
        run.do("edit")
        assert "The prompt is empty" in run.text("status")
        run["prompt"] = "a <b>sleepy</b> cat"
        run.do("edit")
        assert "Your prompt is step 3 of 4" in run.text("status")
        assert caption(run) == "a &lt;b&gt;sleepy&lt;/b&gt; cat"
        assert run["prompt"] == ""

    def test_there_has_to_be_a_run(self, visitor):
        for button, sentence in (
            ("back", "no step of yours to undo"),
            ("branch", "no run of yours to branch from"),
            ("replay", "no step of yours to replay"),
            ("save", "no run of yours to save"),
        ):
            visitor.do(button)
            assert sentence in visitor.text("status")


class TestSettingsChanged:
    def test_each_step_shows_what_changed_before_it_on_the_page_and_in_files(self, run):
        run["Seed"], run["Candidates"] = 7, 5
        run.do("Seed", "input")
        assert run["pending"] == "Changed: seed 0 → 7; candidates 6 → 5. Applies from the next step."
        run.do("step")
        assert run["pending"] == ""
        assert "Settings changed before it: seed 0 → 7; candidates 6 → 5." in facts(run)
        run.do("step")
        assert "Settings changed" not in facts(run)
        run.do("trace")
        rows = saved_rows(Path(run["save-file"]))
        assert {row["step"] for row in rows if row["settings_changed"]} == {"3"}
        run.do("run-page")
        assert "seed 0 → 7; candidates 6 → 5" in Path(run["save-file"]).read_text("utf-8")
        run.do("save")
        assert [change["from"] for change in json.loads(Path(run["save-file"]).read_text("utf-8"))["changes"]] == [0, 3]

    def test_a_changed_objective_needs_a_reset(self, run):
        run["Prefix"] = "A drawing of"
        run.do("Prefix", "input")
        assert "Reset to start over, or change it back." in run["pending"]
        run["Prefix"] = "An image of"
        run.do("Prefix", "input")
        assert run["pending"] == ""

    def test_no_step_is_numbered_beyond_their_number(self, run):
        run["Steps"] = 2
        run["prompt"] = "a cat"
        run.do("edit")
        assert "Your prompt is step 3 of 3." in run.text("status")
        assert facts(run).startswith("Step 3 of 3:")


class TestReplay:
    def test_all_steps_come_out_the_same(self, run):
        lines = [run.text("status") for _ in run.doing("replay")]
        assert any("Replaying: step 2 of 2" in line for line in lines)
        assert "Replayed: all 2 steps came out the same." in run.text("status")
        assert list(run["replayed"]["outcome"]) == ["same", "same"]
        assert not run.prop("cancel-replay", "visible")

    def test_cancelling_it_leaves_the_run(self, run):
        replaying = run.doing("replay")
        while "Replaying" not in run.text("status"):
            next(replaying)
        assert run.prop("cancel-replay", "visible")
        run.do("cancel-replay")
        for _ in replaying:
            pass
        assert re.search(r"Replay cancelled: the first \d of 2 steps came out the same", run.text("status"))
        assert not run.prop("cancel-replay", "visible")
        run.do("step")
        assert "Step 3 of 4" in run.text("status")

    def test_an_error_takes_the_cancel_button_away(self, run, monkeypatch):
        monkeypatch.setattr("fuse_core.search.session.take_step", lambda *_: 1 / 0)
        run.do("replay")
        assert "Something went wrong" in run.text("status")
        assert not run.prop("cancel-replay", "visible")


class TestFiles:
    def test_a_saved_run_is_loaded_with_its_settings_and_goes_on(self, run, page):
        run.do("save")
        saved = Path(run["save-file"])
        assert json.loads(saved.read_text("utf-8"))["format"] == "fuse-explorer-session"
        other = Visitor(page, "another")
        other.open()
        other["load"] = str(saved)
        other.do("load", "upload")
        assert "Loaded: step 2 of 4." in other.text("status")
        assert other["Candidates"] == 6
        assert caption(other) == caption(run)
        other.do("step")
        assert "Step 3 of 4" in other.text("status")

    def test_a_file_that_is_none_leaves_the_run(self, run, tmp_path):
        before = caption(run)
        for content in (b"\xff\xfe", b"{}", b"null"):
            (tmp_path / "bad.json").write_bytes(content)
            run["load"] = str(tmp_path / "bad.json")
            run.do("load", "upload")
            assert "This is not a session file" in run.text("status")
        assert caption(run) == before

    def test_the_trace_holds_the_candidates(self, run):
        run.do("trace")
        saved = Path(run["save-file"])
        assert {row["step"] for row in saved_rows(saved)} == {"1", "2"}
        assert "# candidates: 6" in saved.read_text("utf-8-sig").splitlines()

    def test_what_is_refused_offers_no_file_of_before(self, run):
        for button in ("save", "trace", "run-page"):
            run.do(button)
            assert run["save-file"]
            run.do("reset")
            run.do(button)
            assert "Press Step first" in run.text("status")
            assert run["save-file"] is None
            run.do("undo")

    def test_files_offered_go_with_the_visit(self, run):
        run.do("save")
        assert Path(run["save-file"]).exists()
        run.close()
        assert not Path(run["save-file"]).exists()

    def test_a_kept_run_is_opened_and_what_was_there_can_be_brought_back(self, run, page):
        browser, before = browser_of(run), caption(run)
        other = Visitor(page, "another tab")
        other.open()
        other.do("examples", "select", {"index": 2, "value": None})
        other["kept"] = browser.read(copied=True)
        other.do("open-kept")
        assert "Opened: step 2 of 4. It is open in another tab, so this is a copy." in other.text("status")
        assert caption(other) == before
        assert other["Candidates"] == 6
        other["kept"] = None
        other.do("open-kept")
        assert "not in the browser any more" in other.text("status")
        other.do("undo")
        assert caption(other) == ""

    def test_a_run_that_an_earlier_version_kept_is_given_to_one_tab(self, page):
        states = [block for block in page.blocks.values() if isinstance(block, gr.BrowserState)]
        (earlier,) = [state for state in states if state.storage_key == KEY]
        visit = Visitor(page, "earlier")
        visit._values[earlier] = (DATA / "kept.txt").read_text("utf-8").strip()
        visit.open()
        assert "Your run, kept by this browser" in visit.text("status")
        again = Visitor(page, "second tab")
        again._values[earlier] = visit._values[earlier]
        again.open()
        assert "Recorded run" in again.text("status")


class TestUndo:
    def test_reset_is_undone(self, run):
        before = caption(run)
        run.do("reset")
        assert run["undo"] == "Undo Reset: bring back coffee.jpg, 2 steps"
        run.do("undo")
        assert "Undone: Reset" in run.text("status")
        assert caption(run) == before
        assert not run.prop("undo", "visible")
        run.do("step")
        assert "Step 3 of 4" in run.text("status")

    def test_a_new_picture_and_more_of_them_are_undone(self, run):
        before, picture = caption(run), run["picture"]
        run.do("examples", "select", {"index": 3, "value": None})
        run["more-files"] = [str(EXAMPLES[0])]
        run.do("more-files", "change")
        for _ in range(2):
            assert caption(run) == ""
            run.do("undo")
        assert caption(run) == before
        assert run["picture"] is picture

    def test_the_x_removes_the_picture_alone(self, run):
        before, picture = caption(run), run["picture"]
        run.do("picture", "clear")
        assert "The picture is removed" in run.text("status")
        assert run["picture"] is None
        assert caption(run) == before
        run.do("step")
        assert "The picture of this run was removed. Press Undo" in run.text("status")
        run.do("undo")
        assert run["picture"] is picture
        run.do("step")
        assert "Step 3 of 4" in run.text("status")

    def test_without_picture_and_run_a_step_says_what_is_missing(self, run):
        run.do("picture", "clear")
        run.do("reset")
        run.do("step")
        assert "picture" in run.text("status").lower()
        assert 'role="alert"' in run["status"]

    def test_a_loaded_run_gives_its_place_back_with_its_settings(self, run):
        before = caption(run)
        run.do("save")
        run["Steps"], run["load"] = 3, run["save-file"]
        run.do("reset")
        run.do("step")
        run.do("load", "upload")
        assert run["Steps"] == 4
        run.do("undo")
        assert run["Steps"] == 3
        run.do("undo")
        assert caption(run) == before

    def test_there_has_to_be_something(self, run):
        run.do("undo")
        assert "There is nothing to undo. Back takes a step back." in run.text("status")


def test_closing_the_page_ends_a_replay(run, page):
    replaying = run.doing("replay")
    while "Replaying" not in run.text("status"):
        next(replaying)
    run.close()
    started = time.monotonic()
    for _ in replaying:
        pass
    assert time.monotonic() - started < 20
    assert "Replay cancelled" in run.text("status")
