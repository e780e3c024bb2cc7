"""The Optimise tab, driven as a person would."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.explorer import Explorer


def test_a_newcomer_sees_a_recorded_run_and_tries_an_example_with_another_method(explorer: Explorer) -> None:
    explorer.expect_status("Recorded run")
    assert explorer.caption
    explorer.expect_figure("curve")
    expect(explorer.page.locator("#candidates")).to_contain_text(explorer.caption)
    explorer.expect_figure("front")
    expect(explorer.page.locator("#finished-table")).to_contain_text(explorer.caption)
    explorer.choose("Second prompt", "a (step 1)")
    expect(explorer.page.locator("#diff")).to_contain_text(explorer.caption)
    expect(explorer.page.locator("#diff del").first).to_be_visible()
    explorer.page.locator("#examples .thumbnail-item").nth(1).click()
    explorer.expect_status("Ready")
    explorer.expect_text("caption", "No caption yet")
    explorer.open_settings("method")
    expect(explorer.field("Top k")).to_be_hidden()
    explorer.choose("Method", "gcg")
    expect(explorer.field("Top k")).to_be_visible()
    expect(explorer.field("Gradient weight")).to_be_hidden()
    explorer.fill("Length", "0")
    explorer.press("step")
    explorer.expect_status("'Length' must be a whole number from 1")
    for label, value in (("Length", "4"), ("Candidates", "16"), ("Beams", "1")):
        explorer.fill(label, value)
    explorer.take_steps(1)
    expect(explorer.page.locator("#finished")).to_be_hidden()
    expect(explorer.page.locator("#candidates")).to_contain_text(explorer.caption.split()[0])


def test_a_picture_is_captioned_step_by_step_and_a_bad_file_leaves_the_run(reader: Explorer, tmp_path: Path) -> None:
    reader.take_steps(1)
    first = reader.caption
    assert first
    bad = tmp_path / "text.jpg"
    bad.write_bytes(b"this is no picture")
    reader.upload(bad)
    reader.expect_status("is not a picture")
    assert reader.caption == first
    reader.take_steps(2)
    assert reader.caption != first
    reader.press("back")
    reader.expect_status("Step 1 of 5")
    reader.expect_caption(first)
    reader.press("run")
    reader.expect_status("Finished after 5 steps")
    assert "cat" in reader.caption
    reader.press("reset")
    reader.expect_status("Ready")
    reader.expect_caption("")


def test_a_run_survives_a_reload_and_a_saved_one_is_loaded_and_goes_on(reader: Explorer, tmp_path: Path) -> None:
    reader.take_steps(1, 2)
    caption = reader.caption
    saved = reader.download("save", tmp_path)
    assert len(json.loads(saved.read_text("utf-8"))["steps"]) == 3
    reader.open()
    reader.expect_status("Your run, kept by this browser: step 2 of 5")
    assert reader.caption == caption
    reader.take_steps(3)
    reader.press("reset")
    reader.expect_status("Ready")
    foreign = tmp_path / "foreign.json"
    foreign.write_text('{"hello": 1}')
    reader.give_file("load", foreign)
    reader.expect_status("not a session file")
    reader.give_file("load", saved)
    reader.expect_status("Loaded: step 2 of 5")
    reader.expect_caption(caption)
    expect(reader.field("Candidates")).to_have_value("24")
    reader.take_steps(3)
    reader.press("run")
    reader.expect_status("Finished after 5 steps")


def test_pause_ends_a_run_within_a_step(reader: Explorer) -> None:
    reader.open_settings("method")
    reader.choose("Ending", "fixed")  # else the run stops by itself before it is paused
    reader.fill("Steps", "30")
    reader.fill("Candidates", "256")  # steps so long that the page keeps up with them
    reader.press("run")
    reader.expect_status("Running: step [0-9]+ of 30")
    before = int(re.findall(r"step (\d+) of", reader.status)[0])
    reader.press("pause")
    reader.expect_status("Step [0-9]+ of 30")
    paused = int(re.findall(r"Step (\d+) of", reader.status)[0])
    # One step may end between the look at the page and the press; the one then in progress is finished.
    assert before <= paused <= before + 2
    reader.take_steps(paused + 1)


def test_a_preset_brings_a_third_model_whose_share_is_shown(reader: Explorer) -> None:
    reader.choose("Preset", "offline-negative")
    expect(reader.page.get_by_role("combobox", name="Sentiment", exact=True)).to_have_value("negative")
    for label, value in (("Steps", "2"), ("Beams", "2"), ("Candidates", "24"), ("Sentiment weight", "1.5")):
        reader.fill(label, value)
    reader.take_steps(1)
    reader.expect_text("candidates", "minilm-word-sentiment:negative loss")
    legend = reader.page.locator("#curve .legend")
    expect(legend).to_contain_text("negative x 1.5")
    expect(legend).to_contain_text("fluency x 1")
