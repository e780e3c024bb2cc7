"""Where the page looks at its limits: before work begins, and at what visits leave behind."""

from __future__ import annotations

import gradio as gr
import pytest

from fuse_core.common.errors import UserError
from fuse_core.common.limits import Limits
from fuse_core.search.presets import load_preset
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders
from ui.optimise.session_loading import SessionLoader
from ui.optimise.visit_state import VisitState

VISIT = gr.Request(session_hash="a")


def test_a_run_beyond_a_limit_is_refused_before_a_model_is_loaded():
    runner, config = JobRunner(Limits(steps=3)), load_preset("offline-plain")
    loading = SessionLoader(gr.HTML(), None, runner).load_with_settings  # type: ignore[arg-type]
    with pytest.raises(UserError, match="'steps' would be 4; 3 is the most here"):
        next(loading(VISIT, VisitState(), config.changed(steps=4)))
    assert runner.count == 0


def test_the_folder_that_was_not_used_for_longest_goes_first():
    folders = VisitFolders(most=2)
    first, second = (folders.folder(gr.Request(session_hash=name), "runs") for name in "ab")
    assert folders.folder(gr.Request(session_hash="a"), "runs") == first
    third = folders.folder(gr.Request(session_hash="c"), "runs")
    assert [path.exists() for path in (first, second, third)] == [True, False, True]


def test_no_state_of_a_visit_is_kept_for_ever(page):
    states = [block for block in page.blocks.values() if isinstance(block, gr.State)]
    assert len(states) > 10
    assert {state.time_to_live for state in states} == {3_600 * Limits().idle_hours}
