"""The Optimise tab as a debugger, driven as a person would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import Explorer
from tests.saved_tables import saved_rows


@dataclass(frozen=True)
class TwoSteps:
    """A visit two steps into a short run, and the caption after either."""

    visit: Explorer
    first: str
    second: str


@pytest.fixture
def two_steps(reader: Explorer) -> TwoSteps:
    reader.take_steps(1)
    first = reader.caption
    reader.take_steps(2)
    assert reader.caption != first
    return TwoSteps(reader, first, reader.caption)


def test_a_run_is_exported_replayed_looked_at_and_compared_with_its_branch(two_steps: TwoSteps, tmp_path: Path) -> None:
    visit = two_steps.visit
    rows = saved_rows(visit.download("trace", tmp_path))
    assert {row["step"] for row in rows} == {"1", "2"}
    leaders = [row["prompt"] for row in rows if row["rank"] == "1"]
    assert leaders == [two_steps.first, two_steps.second]
    visit.press("replay")
    visit.expect_status("Replayed: all 2 steps came out the same")
    visit.expect_text("replayed", "same")
    visit.open_step(1)
    visit.expect_caption(two_steps.first)
    expect(visit.page.locator("#candidates")).to_contain_text(two_steps.first)
    visit.expect_figure("tree")
    visit.page.get_by_role("button", name="Latest").click()
    visit.expect_caption(two_steps.second)
    visit.page.wait_for_function("document.querySelector('#curve .js-plotly-plot')?.fxKnown")
    click = "document.querySelector('#curve .js-plotly-plot').emit('plotly_click', {points: [{x: 1, y: 0}]})"
    visit.page.evaluate(click)
    visit.expect_text("facts", "Step 1 of 5")
    visit.expect_caption(two_steps.first)
    visit.take_steps(3)
    visit.expect_text("facts", "Step 3 of 5")
    visit.press("back")
    visit.expect_status("Step 2 of 5")
    visit.expect_caption(two_steps.second)
    visit.open_step(1)
    visit.press("branch")
    visit.expect_status("Run B branches from step 1 of run A")
    visit.open_settings("method")
    visit.choose("Who proposes tokens", "random")
    visit.take_steps(2)
    visit.expect_status(r"Run B\. Step 2 of 5")
    for shown in (two_steps.second, "They share the steps up to 1.", "who proposes tokens fuse → random"):
        visit.expect_text("comparison", re.escape(shown))
    visit.expect_figure("compare-curves")
    visit.expect_text("compare-costs", "autodan")
    visit.page.get_by_role("radio", name="Run A").click()
    visit.expect_status(r"Run A\. Step 2 of 5")
    visit.expect_caption(two_steps.second)


def test_a_running_search_takes_pinned_words_banned_words_and_a_prompt_of_ones_own(two_steps: TwoSteps) -> None:
    visit = two_steps.visit
    (runner_up,) = re.findall(r"^2\s+(\S+)", visit.page.locator("#beams").inner_text(), re.MULTILINE)[:1]
    visit.open_settings("word")
    visit.fill("Pinned words", runner_up)
    visit.take_steps(3)
    assert runner_up.lower() in visit.caption.lower().split()
    last = visit.caption.split()[-1].lower()
    visit.press("back")
    visit.expect_status("Step 2 of 5")
    visit.fill("Pinned words", "")
    visit.fill("Banned words", f"zebra, {last}")
    visit.take_steps(3)
    assert last not in visit.caption.lower().split()
    visit.fill("Pinned words", last)
    visit.press("step")
    visit.expect_status("is pinned and banned at once")
    visit.fill("Pinned words", "")
    visit.fill("Banned words", "")
    visit.press("back")
    visit.expect_status("Step 2 of 5")
    prompt = visit.field("Go on from a prompt of yours")
    visit.press("edit")
    visit.expect_status("The prompt is empty")
    prompt.fill("a <b>sleepy</b> cat")
    visit.press_until_told("edit")
    visit.expect_status("Your prompt is step 3 of 5")
    visit.expect_text("caption", "<b>sleepy</b>")
    expect(prompt).to_have_value("")
    visit.take_steps(4)
    assert visit.caption.startswith("a <b>sleepy</b> cat")
