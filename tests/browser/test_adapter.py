"""The Adapter view, driven as a person would."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer
from tests.saved_tables import saved_rows


def test_fitted_maps_are_shown_at_once_with_a_bucket_and_a_word(explorer: Explorer, tmp_path: Path) -> None:
    explorer.tab("Adapter")
    explorer.expect_text(
        "ad-summary",
        r"on the \d+,\d+ words held out of both fits: pair 0\.8\d\d, target 0\.8\d\d, so pair is [\d.]+% lower",
    )
    for figure in ("errors", "ridge", "spectrum"):
        explorer.expect_figure(f"ad-{figure}")
    explorer.expect_text("ad-word-facts", r"·cheet \| ah → che \| ##eta \| ##h, bucket \(2, 3\)")
    explorer.expect_text(
        "ad-bucket-facts", r"pair \(2, 3\): fitted on [\d,]+ words, ridge λ = .* chosen by cross-validation"
    )
    explorer.choose_in("ad-map", "target")
    explorer.expect_text("ad-bucket-facts", r"target \(any, 2\).*no ridge")
    word = explorer.page.locator("#ad-word").locator("input, textarea")
    word.fill("<b>x</b>" * 9)
    explorer.expect_text("ad-word-facts", "<b>x</b>.*maps words of 4 at most")
    word.fill("ocean")
    explorer.expect_text("ad-word-facts", "rank 1 of 30,522")
    explorer.expect_text("ad-near", "ocean ✓")
    rows = saved_rows(explorer.download("adapter-best-words-csv", tmp_path))
    assert [*rows[0]][:2] == ["word", "relative error"]
    assert len(rows) == 12
    explorer.choose_in("pair-source", "all-MiniLM-L6-v2 with EfficientNet-Lite0 (ConSE) (WordPiece)")
    explorer.expect_text("ad-status", "every word is mapped to itself, so there is nothing to fit or compare")
    expect(explorer.page.locator("#ad-errors")).to_be_hidden()


@pytest.mark.full
def test_a_fit_shows_progress_leaves_other_tabs_alone_and_ends_when_told_or_left(visitor: Explorer, log: Path) -> None:
    """The offline pair the other way round, which nobody has fitted."""
    visitor.open("?view=adapter&source=minilm&target=smollm2")
    visitor.expect_text("ad-status", r"No adapters of minilm → smollm2 yet\. Press Fit")
    expect(visitor.page.locator("#ad-results")).to_be_hidden()
    visitor.press("ad-fit")
    visitor.expect_text("ad-status", r"pair map: fitting bucket \d+ of \d+: [\d,]+ words")
    visitor.tab("Tokenizers")
    visitor.page.locator("#tok-text textarea").fill("three small words")
    visitor.expect_text("split-source", "3 words")
    visitor.tab("Adapter")
    visitor.expect_text("ad-status", "fitting bucket")  # still at it
    visitor.press("ad-cancel")
    visitor.expect_text("ad-status", "Cancelled")
    _wait_until_cancelled(visitor, log, 1)
    visitor.press("ad-fit")
    visitor.expect_text("ad-status", "fitting bucket")
    visitor.page.goto("about:blank")
    _wait_until_cancelled(visitor, log, 2)


def _wait_until_cancelled(visitor: Explorer, log: Path, times: int) -> None:
    """The work ends at its next report of progress, a moment after the page says so."""
    deadline = time.monotonic() + PATIENCE / 1000
    while log.read_text().count("The job adapter fit was cancelled") < times:
        assert time.monotonic() < deadline, "The fit went on."
        visitor.page.wait_for_timeout(200)
