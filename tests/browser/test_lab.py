"""The Optimise tab as a debugger, driven as a person would."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


@pytest.fixture
def run(explorer: Explorer, picture_paths: dict[str, Path]) -> Explorer:
    """A visitor two steps into a short run of theirs."""
    explorer.upload(picture_paths["cat"])
    explorer.expect_status("Ready")
    for label, value in (("Steps", "5"), ("Beams", "2"), ("Candidates", "24")):
        explorer.fill(label, value)
    steps(explorer, 1, 2)
    return explorer


def steps(visit: Explorer, *numbers: int) -> None:
    for number in numbers:
        visit.press("step")
        visit.expect_status(rf"Step {number} of \d+\.")


def look_at(visit: Explorer, step: int) -> None:
    visit.page.locator("#timeline input[type=number]").fill(str(step))
    expect(visit.page.locator("#facts")).to_contain_text(f"Step {step} of", timeout=PATIENCE)


def expect_caption(visit: Explorer, caption: str) -> None:
    expect(visit.page.locator("#caption")).to_have_attribute("data-caption", caption, timeout=PATIENCE)


def open_settings(visit: Explorer, group: str) -> None:
    visit.page.locator(f"#{group}-settings > button").click()
    expect(visit.page.locator(f"#{group}-settings input, #{group}-settings textarea").first).to_be_visible()
    # Gradio fills fields shown for the first time a frame later, over what a quick hand has typed by then.
    visit.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def choose(visit: Explorer, label: str, option: str) -> None:
    visit.page.get_by_role("combobox", name=label, exact=True).click()
    visit.page.get_by_role("option", name=option, exact=True).click()


def test_any_step_is_looked_at_and_the_latest_followed(run: Explorer) -> None:
    latest = run.caption
    look_at(run, 1)
    first = run.caption
    assert latest.startswith(first) or latest != first
    expect(run.page.locator("#candidates")).to_contain_text(first)
    expect(run.page.locator("#tree .js-plotly-plot")).to_be_visible()
    run.page.get_by_role("button", name="Latest").click()
    expect_caption(run, latest)
    look_at(run, 1)
    steps(run, 3)
    expect(run.page.locator("#facts")).to_contain_text("Step 3 of 5")
    run.press("back")
    run.expect_status("Step 2 of 5")
    expect_caption(run, latest)


def test_a_click_on_the_curve_opens_its_step(run: Explorer) -> None:
    run.page.wait_for_function("document.querySelector('#curve .js-plotly-plot')?.fxListening")
    run.page.evaluate("document.querySelector('#curve .js-plotly-plot').emit('plotly_click', {points: [{x: 1, y: 0}]})")
    expect(run.page.locator("#facts")).to_contain_text("Step 1 of 5", timeout=PATIENCE)


def test_a_branch_is_compared_and_the_first_run_stays(run: Explorer) -> None:
    before = run.caption
    look_at(run, 1)
    run.press("branch")
    run.expect_status("Run B branches from step 1 of run A")
    open_settings(run, "method")
    choose(run, "Who proposes tokens", "random")
    steps(run, 2)
    run.expect_status(r"Run B\. Step 2 of 5")
    shown = run.page.locator("#comparison")
    expect(shown).to_contain_text(before)
    expect(shown).to_contain_text("They share the steps up to 1.")
    expect(shown).to_contain_text("guidance fuse → random")
    expect(run.page.locator("#compare-curves .js-plotly-plot")).to_be_visible()
    expect(run.page.locator("#compare-costs")).to_contain_text("autodan")
    run.page.get_by_role("radio", name="Run A").click()
    run.expect_status(r"Run A\. Step 2 of 5")
    expect_caption(run, before)


def test_words_are_pinned_and_banned_in_a_running_search(run: Explorer) -> None:
    (second,) = re.findall(r"^2\s+(\S+)", run.page.locator("#beams").inner_text(), re.MULTILINE)[:1]
    open_settings(run, "word")
    run.fill("Pinned words", second)
    steps(run, 3)
    assert second.lower() in run.caption.lower().split()
    last = run.caption.split()[-1].lower()
    run.press("back")
    run.expect_status("Step 2 of 5")
    run.fill("Pinned words", "")
    run.fill("Banned words", f"zebra, {last}")
    steps(run, 3)
    assert last not in run.caption.lower().split()
    run.fill("Pinned words", last)
    run.press("step")
    run.expect_status("is pinned and banned at once")
    run.fill("Pinned words", "zebra")
    run.fill("Banned words", "")
    run.press("step")
    run.expect_status("pin and ban fewer words")
    run.fill("Pinned words", "")
    steps(run, 4)


def test_a_prompt_of_ones_own_is_judged_and_gone_on_from(run: Explorer) -> None:
    prompt = run.field("Go on from a prompt of yours")
    run.press("edit")
    run.expect_status("The prompt is empty")
    prompt.fill("a <b>sleepy</b> cat")
    run.press("edit")
    run.expect_status("Your prompt is step 3 of 5")
    expect(run.page.locator("#caption")).to_contain_text("<b>sleepy</b>")
    expect(prompt).to_have_value("")
    run.press("back")
    run.expect_status("Step 2 of 5")
    prompt.fill("a sleepy cat")
    run.press("edit")
    run.expect_status("Your prompt is step 3 of 5")
    expect_caption(run, "a sleepy cat")
    steps(run, 4)
    assert run.caption.startswith("a sleepy cat")


def test_the_trace_is_exported_and_the_run_replayed(run: Explorer, tmp_path: Path) -> None:
    with run.page.expect_download(timeout=PATIENCE) as download:
        run.press("trace")
    download.value.save_as(tmp_path / "trace.csv")
    with (tmp_path / "trace.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["step"] for row in rows} == {"1", "2"}
    assert sum(row["kept"] == "1" for row in rows) == 4
    leaders = [row["prompt"] for row in rows if row["rank"] == "1"]
    assert leaders[-1] == run.caption
    first = [float(row["objective"]) for row in rows if row["step"] == "1"]
    assert first == sorted(first)
    assert {"minilm loss", "smollm2 loss", "log_prob", "score", "parent", "token"} <= rows[0].keys()
    run.press("replay")
    run.expect_status("Replayed: all 2 steps came out the same")
    expect(run.page.locator("#replayed")).to_contain_text("same")


def test_a_run_survives_a_reload_and_goes_on(run: Explorer) -> None:
    caption = run.caption
    run.open()
    run.expect_status("Your run, kept by this browser: step 2 of 5")
    assert run.caption == caption
    expect(run.field("Candidates")).to_have_value("24")
    steps(run, 3)
    run.press("reset")
    run.expect_status("Ready")
    run.open()
    run.expect_status("Recorded run")


def test_other_methods_show_their_own_settings_and_run(explorer: Explorer) -> None:
    open_settings(explorer, "method")
    expect(explorer.field("Gradient weight")).to_be_visible()
    expect(explorer.field("Top k")).to_be_hidden()
    choose(explorer, "Method", "gcg")
    expect(explorer.field("Top k")).to_be_visible()
    expect(explorer.field("Gradient weight")).to_be_hidden()
    explorer.fill("Length", "0")
    explorer.press("step")
    explorer.expect_status("'length' must be a whole number from 1")
    explorer.fill("Length", "4")
    explorer.fill("Candidates", "16")
    explorer.fill("Beams", "1")
    steps(explorer, 1)
    assert len(explorer.caption.split()) >= 1
    expect(explorer.page.locator("#candidates")).to_contain_text(explorer.caption.split()[0])
