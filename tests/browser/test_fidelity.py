"""The Fidelity view, driven as a person would."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer import Explorer


def test_a_recorded_run_is_shown_then_one_is_measured_and_one_cancelled(explorer: Explorer) -> None:
    explorer.tab("Fidelity")
    explorer.expect_text("fid-status", r"Recorded run of.*24 contexts of 6 pictures.*gradient at “tool”")
    for figure in ("scatter", "target", "spearman", "recall", "words"):
        explorer.expect_figure(f"fid-{figure}")
    explorer.expect_text("fid-summary", "FUSE, pair buckets")
    explorer.fill("Candidates", "10")
    explorer.press("fid-one")
    explorer.expect_text("fid-status", "number of candidates must be a whole number from 300 to 10,000")
    explorer.fill("Candidates", "400")
    explorer.page.locator("#fid-context textarea, #fid-context input").fill("a big")
    explorer.press("fid-one")
    explorer.expect_text("fid-status", r"1 context of 1 picture, 400 candidates each.*The dots: cat, context “a big”")
    explorer.fill("Candidates", "4000")  # so many that it cannot be done before it is cancelled
    explorer.press("fid-all")
    explorer.expect_text("fid-status", "scoring 4,000 candidates")
    explorer.press("fid-cancel")
    explorer.expect_text("fid-status", "Cancelled")
    expect(explorer.page.locator("#fid-summary")).to_contain_text("FUSE, pair buckets")
