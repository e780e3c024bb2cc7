"""The Optimise tab, driven as a person would."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


@pytest.fixture
def short_run(explorer: Explorer, picture_paths: dict[str, Path]) -> Explorer:
    """A visitor who uploaded a picture and asked for a short run."""
    explorer.upload(picture_paths["cat"])
    explorer.expect_status("Ready")
    explorer.fill("Steps", "4")
    explorer.fill("Beams", "2")
    explorer.fill("Candidates", "24")
    return explorer


def test_the_first_view_is_a_recorded_run_and_says_so(explorer: Explorer) -> None:
    explorer.expect_status("Recorded run")
    assert explorer.caption
    expect(explorer.page.locator("#curve .js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    expect(explorer.page.locator("#candidates")).to_contain_text(explorer.caption)


def test_upload_step_twice_back_once_run_and_read_the_caption(short_run: Explorer) -> None:
    short_run.press("step")
    short_run.expect_status("Step 1 of 4")
    first = short_run.caption
    assert first
    short_run.press("step")
    short_run.expect_status("Step 2 of 4")
    assert len(short_run.caption) > len(first)
    short_run.press("back")
    short_run.expect_status("Step 1 of 4")
    assert short_run.caption == first
    short_run.press("run")
    short_run.expect_status("Finished after 4 steps")
    assert "cat" in short_run.caption
    short_run.press("reset")
    short_run.expect_status("Ready")
    assert short_run.caption == ""


def test_a_saved_run_is_loaded_in_a_new_visit_and_goes_on(short_run: Explorer, tmp_path: Path) -> None:
    for step in (1, 2):
        short_run.press("step")
        short_run.expect_status(f"Step {step} of 4")
    saved = short_run.save_run(tmp_path / "run.json")
    assert len(json.loads(saved.read_text())["steps"]) == 3
    before = short_run.caption
    short_run.open()
    short_run.load_run(saved)
    short_run.expect_status("Loaded: step 2 of 4")
    assert short_run.caption == before
    expect(short_run.field("Candidates")).to_have_value("24")
    short_run.press("step")
    short_run.expect_status("Step 3 of 4")
    short_run.press("run")
    short_run.expect_status("Finished after 4 steps")


def test_bad_files_get_a_sentence_and_the_run_stays(short_run: Explorer, tmp_path: Path, picture_paths) -> None:
    short_run.press("step")
    short_run.expect_status("Step 1 of 4")
    caption = short_run.caption
    whole = picture_paths["coffee"].read_bytes()
    files = {
        "text.jpg": (b"this is no picture", "is not a picture"),
        "empty.png": (b"", "is empty"),
        "half.jpg": (whole[: len(whole) // 2], "damaged or cut short"),
    }
    for name, (content, sentence) in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        short_run.upload(path)
        short_run.expect_status(sentence)
        assert short_run.caption == caption
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"hello": 1}')
    short_run.load_run(foreign)
    short_run.expect_status("not a session file")
    assert short_run.caption == caption
    short_run.press("step")
    short_run.expect_status("Step 2 of 4")


def test_settings_out_of_range_get_a_sentence_and_the_run_stays(short_run: Explorer) -> None:
    short_run.press("step")
    short_run.expect_status("Step 1 of 4")
    for label, value, sentence in (
        ("Candidates", "0", "'candidates' must be a whole number from 1"),
        ("Beams", "0", "'beams' must be a whole number from 1"),
        ("Steps", "", "'steps' is empty"),
    ):
        good = short_run.field(label).input_value()
        short_run.fill(label, value)
        short_run.press("step")
        short_run.expect_status(sentence)
        short_run.fill(label, good)
    short_run.fill("Prefix", "A drawing of")
    short_run.press("step")
    short_run.expect_status("Press Reset to start over")
    short_run.fill("Prefix", "An image of")
    short_run.press("step")
    short_run.expect_status("Step 2 of 4")


def test_an_overlong_prefix_gets_a_sentence_and_an_empty_one_works(short_run: Explorer) -> None:
    short_run.fill("Prefix", "very " * 700)
    short_run.press("step")
    short_run.expect_status("Shorten the prefix")
    short_run.fill("Prefix", "")
    short_run.press("step")
    short_run.expect_status("Step 1 of 4")


def test_pause_ends_a_run_within_a_step(short_run: Explorer) -> None:
    short_run.fill("Steps", "30")
    short_run.fill("Candidates", "256")  # steps so long that the page keeps up with them
    short_run.press("run")
    short_run.expect_status("Running: step [0-9]+ of 30")
    before = int(re.findall(r"step (\d+) of", short_run.status)[0])
    short_run.press("pause")
    short_run.expect_status("Step [0-9]+ of 30")
    paused = int(re.findall(r"Step (\d+) of", short_run.status)[0])
    # One step may end between the look at the page and the press; the one then in progress is finished.
    assert before <= paused <= before + 2
    short_run.press("step")
    short_run.expect_status(f"Step {paused + 1} of 30")


def test_an_example_is_chosen_with_a_click(explorer: Explorer) -> None:
    explorer.page.locator("#examples .thumbnail-item").nth(1).click()
    explorer.expect_status("Ready")
    expect(explorer.page.locator("#caption")).to_contain_text("No caption yet", timeout=PATIENCE)
