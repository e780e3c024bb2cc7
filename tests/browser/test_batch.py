"""The Baselines and Batch tabs, driven as a person would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.explorer import Explorer, visiting_in
from tests.saved_tables import saved_rows


@pytest.fixture(scope="module")
def explorer(window: Page, address: str) -> Iterator[Explorer]:
    """One visit for both tabs, which have nothing to do with each other."""
    with visiting_in(window, address) as visit:
        visit.open()
        yield visit


def test_one_click_compares_every_arm(explorer: Explorer) -> None:
    explorer.tab("Baselines")
    for field, value in (("steps", 1), ("beams", 1), ("candidates", 16)):
        explorer.fill_number(f"base-{field}", value)
    explorer.press("base-run")
    explorer.expect_text("base-status", "Lower is better")
    for arm in ("random", "lm", "fuse", "target", r"lm \+ words", r"fuse \+ words", r"target \+ words"):
        explorer.expect_text("base-table", arm)
    explorer.expect_figure("base-curves")
    explorer.fill_number("base-steps", 0)
    explorer.press("base-run")
    explorer.expect_text("base-status", "'Steps' must be a whole number")


def test_a_batch_shows_captions_and_bad_files_and_repeats_nothing(
    explorer: Explorer, tmp_path: Path, picture_paths: dict[str, Path]
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    explorer.tab("Batch")
    pictures = [picture_paths["cat"], bad, picture_paths["coffee"]]
    explorer.page.locator("#batch-files input[type=file]").set_input_files(pictures)
    explorer.expect_text("batch-files", "coffee")
    for field, value in (("steps", 1), ("beams", 1), ("candidates", 16)):
        explorer.fill_number(f"batch-{field}", value)
    explorer.press("batch-run")
    explorer.expect_text("batch-status", "Finished: 2 captions, 1 that could not be read")
    for text in ("cat.jpg", "is not a picture", "coffee.jpg"):
        explorer.expect_text("batch-table", text)
    names = [path.name for path in pictures]
    lines = explorer.download("batch-jsonl", tmp_path).read_text("utf-8").splitlines()
    assert [json.loads(line).get("image") for line in lines] == [None, *names]
    assert [row["image"] for row in saved_rows(explorer.download("batch-csv", tmp_path))] == names
    explorer.press("batch-run")
    explorer.expect_text("batch-table", "from before")
    opens = explorer.page.get_by_role("button", name="Open the run of cat.jpg in Optimise")
    opens.press("Enter")
    explorer.expect_text("status", "Loaded: step 1 of 1")
