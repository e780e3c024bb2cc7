"""Nothing is lost: a run through reloads and in several tabs, and what is pressed while one goes on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explorer import Explorer


@pytest.fixture
def long_run(reader: Explorer) -> Explorer:
    """A visitor about to start a run that ends by itself after 30 steps alone."""
    reader.open_settings("method")
    reader.choose("Ending", "fixed")
    reader.fill("Steps", "30")
    return reader


def kept(page: Page) -> list[str]:
    """The runs in the list, newest first."""
    page.locator("#kept-runs > button").click()
    entries = page.locator("#kept-list li")
    expect(entries.first).to_be_visible()
    return entries.all_inner_texts()


def test_a_reload_in_mid_run_loses_no_step_and_ends_the_work(long_run: Explorer) -> None:
    long_run.press("run")
    long_run.expect_status("Running: step [4-9] of 30")
    done = int(re.findall(r"step (\d+) of", long_run.status)[0])
    long_run.page.wait_for_timeout(1_000)
    long_run.open()
    long_run.expect_status("Your run, kept by this browser: step [0-9]+ of 30. It ran when the page was left")
    back = int(re.findall(r"step (\d+) of", long_run.status)[0])
    assert back >= done
    long_run.open_step(back)
    long_run.press("step")
    long_run.expect_status(rf"Step {back + 1} of 30")


def test_run_pause_and_back_pressed_quickly_are_all_done(long_run: Explorer) -> None:
    long_run.take_steps(1, 2)
    long_run.fill("Candidates", "256")
    for button in ("run", "pause", "back"):
        long_run.press(button)
    long_run.expect_status(r"Step [1-3] of 30\.")  # the pause may come before the run's first step, or after it
    taken = int(re.findall(r"Step (\d+) of", long_run.status)[0])
    long_run.press("run")
    long_run.expect_status("Running: step")
    long_run.press("pause")
    long_run.expect_status(r"Pausing after this step|Step \d+ of 30\.")
    long_run.expect_status(r"Step \d+ of 30\.")
    assert int(re.findall(r"Step (\d+) of", long_run.status)[0]) > taken


def test_two_tabs_have_a_run_each_and_a_list_opens_names_and_deletes_them(reader: Explorer) -> None:
    reader.take_steps(1, 2)
    caption = reader.caption
    with reader.page.context.new_page() as second:
        other = Explorer(second, reader.address)
        other.open()
        other.expect_status("Recorded run")
        (listed,) = kept(second)
        assert caption in listed
        assert "2 steps" in listed
        second.locator("#examples .thumbnail-item").nth(1).click()
        other.expect_status("Ready")
        for label, value in (("Steps", "5"), ("Beams", "2"), ("Candidates", "24")):
            other.fill(label, value)
        other.take_steps(1)
        own = other.caption
        reader.open()
        reader.expect_status("Your run, kept by this browser: step 2 of 5")
        reader.expect_caption(caption)
        other.open()
        other.expect_status("Your run, kept by this browser: step 1 of 5")
        other.expect_caption(own)
        assert len(kept(second)) == 2
        theirs = second.locator("#kept-list li", has_text=caption)
        theirs.get_by_role("button", name="Open").click()
        other.expect_status("Opened: step 2 of 5. It is open in another tab, so this is a copy")
        other.expect_caption(caption)
        other.press("undo")
        other.expect_caption(own)
        theirs.last.get_by_role("textbox").fill("my cat")
        theirs.last.get_by_role("textbox").press("Enter")
        second.on("dialog", lambda dialog: dialog.accept())
        forget = second.get_by_role("button", name="Delete “my cat”")
        forget.wait_for()
        count = second.locator("#kept-list li").count()
        forget.click()
        expect(second.locator("#kept-list li")).to_have_count(count - 1)


def test_a_step_taken_with_another_method_is_marked(reader: Explorer) -> None:
    reader.take_steps(1)
    reader.open_settings("method")
    reader.choose("Method", "random")
    reader.expect_text("pending", r"method autodan → random.*Applies from the next step")
    reader.take_steps(2)
    reader.expect_text("facts", r"Settings changed before it: method autodan → random")
    expect(reader.page.locator("#pending")).to_have_text("")
    expect(reader.page.locator("#curve .shapelayer path").first).to_be_attached()


def test_a_pinned_word_that_no_proposal_holds_is_proposed_itself(reader: Explorer) -> None:
    reader.open_settings("word")
    reader.fill("Pinned words", "xylophone")
    reader.take_steps(1, 2)
    assert "xylophone" in reader.caption.split()


def test_a_refused_save_downloads_nothing_and_reset_and_a_removed_picture_are_undone(reader: Explorer) -> None:
    reader.take_steps(1)
    caption, page = reader.caption, reader.page
    with page.expect_download():
        reader.press("save")
    reader.press("reset")
    reader.expect_status("Ready")
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    reader.press("save")
    reader.expect_status("no run of yours to save")
    page.keyboard.press("Control+z")
    reader.expect_status("Undone: Reset")
    reader.expect_caption(caption)
    page.get_by_role("button", name="Clear").or_(
        page.locator("#picture button[aria-label='Remove Image']")
    ).first.click()
    reader.expect_status("The picture is removed")
    reader.expect_caption(caption)
    expect(page.locator("#picture img")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Undo removing")).click()
    expect(page.locator("#picture img")).to_be_visible()
    reader.take_steps(2)
    assert not downloads
