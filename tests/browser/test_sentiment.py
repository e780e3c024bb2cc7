"""Sentiment on the Optimise tab: a third model joins, and the page shows its share."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.explorer import Explorer


def test_a_sentiment_brings_a_third_model_whose_share_is_shown(explorer: Explorer, picture_paths: dict[str, Path]):
    explorer.upload(picture_paths["cat"])
    explorer.expect_status("Ready")
    for label, value in (("Steps", "2"), ("Beams", "2"), ("Candidates", "24"), ("Sentiment weight", "1.5")):
        explorer.fill(label, value)
    page = explorer.page
    page.get_by_role("combobox", name="Sentiment", exact=True).click()
    page.get_by_role("option", name="negative", exact=True).click()
    explorer.press("step")
    explorer.expect_status("Step 1 of 2")
    expect(page.locator("#candidates")).to_contain_text("minilm-sentiment:negative loss")
    expect(page.locator("#curve .legend")).to_contain_text("negative: minilm-sentiment x 1.5")
    expect(page.locator("#curve .legend")).to_contain_text("fluency: smollm2 x 0.5")


def test_a_preset_with_a_sentiment_fills_it_in(explorer: Explorer):
    page = explorer.page
    page.get_by_role("combobox", name="Preset", exact=True).click()
    page.get_by_role("option", name="offline-positive", exact=True).click()
    expect(page.get_by_role("combobox", name="Sentiment", exact=True)).to_have_value("positive")
