"""The Baselines and Batch tabs, driven as a person would."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


def says(explorer: Explorer, box: str, pattern: str) -> None:
    expect(explorer.page.locator(f"#{box}-status")).to_contain_text(re.compile(pattern), timeout=PATIENCE)


def fill(explorer: Explorer, box: str, **numbers: int) -> None:
    for field, value in numbers.items():
        explorer.page.locator(f"#{box}-{field} input").fill(str(value))
        explorer.page.locator(f"#{box}-{field} input").blur()


def download(explorer: Explorer, button: str, target: Path) -> Path:
    with explorer.page.expect_download(timeout=PATIENCE) as found:
        explorer.page.click(f"#{button}")
    found.value.save_as(target)
    return target


def test_one_click_compares_every_guidance(explorer: Explorer) -> None:
    explorer.tab("Baselines")
    fill(explorer, "base", steps=2, beams=1, candidates=16)
    explorer.press("base-run")
    says(explorer, "base", "FUSE reaches .* random proposals")
    for guidance in ("fuse", "native", "lm", "random"):
        expect(explorer.page.locator("#base-table")).to_contain_text(guidance)
    expect(explorer.page.locator("#base-curves .js-plotly-plot")).to_be_visible()
    fill(explorer, "base", steps=0)
    explorer.press("base-run")
    says(explorer, "base", "'steps' must be a whole number")


def test_a_batch_shows_captions_and_bad_files_and_repeats_nothing(
    explorer: Explorer, tmp_path: Path, picture_paths: dict[str, Path]
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    explorer.tab("Batch")
    explorer.press("batch-run")
    says(explorer, "batch", "There are no pictures yet")
    pictures = [picture_paths["cat"], bad, picture_paths["coffee"]]
    explorer.page.locator("#batch-files input[type=file]").set_input_files(pictures)
    expect(explorer.page.locator("#batch-files")).to_contain_text("coffee", timeout=PATIENCE)
    fill(explorer, "batch", steps=2, beams=1, candidates=16)
    explorer.press("batch-run")
    says(explorer, "batch", "Finished: 2 captions, 1 that could not be read")
    rows = explorer.page.locator("#batch-table")
    for text in ("cat.jpg", "is not a picture", "coffee.jpg"):
        expect(rows).to_contain_text(text)
    lines = download(explorer, "batch-jsonl", tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line).get("image") for line in lines] == [None, "cat.jpg", "bad.jpg", "coffee.jpg"]
    with download(explorer, "batch-csv", tmp_path / "out.csv").open(encoding="utf-8") as file:
        assert [row["image"] for row in csv.DictReader(file)] == ["cat.jpg", "bad.jpg", "coffee.jpg"]
    explorer.press("batch-run")
    expect(rows).to_contain_text("from before", timeout=PATIENCE)
