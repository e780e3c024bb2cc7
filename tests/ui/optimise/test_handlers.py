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
from tests.ui.visitor import Visitor
from ui.optimise.layout import KEY


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

    def test_reset_goes_back_to_the_start_with_the_picture(self, run):
        run.do("reset")
        assert "Ready" in run.text("status")
        assert run["picture"] is not None

    def test_what_a_browser_keeps_comes_back_until_it_is_reset(self, run, page):
        states = [block for block in page.blocks.values() if isinstance(block, gr.BrowserState)]
        (stored,) = [state for state in states if state.storage_key == KEY]
        for kept, told in ((caption(run), "Your run, kept by this browser: step 2 of 4"), ("", "Recorded run")):
            later = Visitor(page, f"later {kept}")
            later._values[stored] = run._values[stored]
            later.open()
            assert told in later.text("status")
            assert kept in caption(later)
            later.close()
            run.do("reset")

    def test_nothing_else_changes_a_run_at_work(self, run):
        stepping = run.doing("step")
        next(stepping)
        for button in ("back", "reset", "run", "branch"):
            run.do(button)
            assert "The run is at work. Press Pause first, or wait for it to end." in run.text("status")
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
        assert "guidance fuse → random" in run["compare-captions"]
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

    def test_files_offered_go_with_the_visit(self, run):
        run.do("save")
        assert Path(run["save-file"]).exists()
        run.close()
        assert not Path(run["save-file"]).exists()

    def test_what_the_browser_keeps_comes_back(self, run, page):
        again = Visitor(page, "reloaded")
        stored = next(b for b in page.blocks.values() if b.get_block_name() == "browserstate")
        again._values[stored] = run._values[stored]
        again.open()
        assert "Your run, kept by this browser: step 2 of 4." in again.text("status")
        assert caption(again) == caption(run)
        lines = [again.text("status") for _ in again.doing("step")]
        assert "Loading" in lines[0]
        assert "Step 3 of 4" in again.text("status")


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
