"""The Fidelity view, driven as a person would."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


@pytest.fixture
def view(explorer: Explorer) -> Explorer:
    explorer.tab("Fidelity")
    says(explorer, "Recorded run of")
    return explorer


def says(explorer: Explorer, pattern: str) -> None:
    expect(explorer.page.locator("#fid-status")).to_contain_text(re.compile(pattern), timeout=PATIENCE)


def choose(explorer: Explorer, box: str, name: str) -> None:
    explorer.page.locator(f"#{box} input").click()
    explorer.page.locator(f"#{box}").get_by_role("option", name=name).click()


def test_a_recorded_run_is_shown_at_first(view: Explorer) -> None:
    says(view, r"24 contexts, 2,000 candidates each, gradient at “tool”")
    for figure in ("scatter", "native", "spearman", "recall", "words"):
        expect(view.page.locator(f"#fid-{figure} .js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    expect(view.page.locator("#fid-summary")).to_contain_text("FUSE, pair buckets")


def test_measure_a_context_and_look_at_it_otherwise(view: Explorer) -> None:
    view.fill("Candidates", "400")
    view.page.locator("#fid-context textarea, #fid-context input").fill("a big")
    view.press("fid-one")
    says(view, r"smollm2 → minilm\. 1 context, 400 candidates each.*The dots: cat, context “a big”")
    view.page.locator("#fid-at input").fill("spoon")
    view.page.locator("#fid-at input").press("Enter")
    says(view, "not taken at 'spoon'")
    view.press("fid-one")
    says(view, "gradient at “spoon”")
    expect(view.page.locator("#fid-words")).to_contain_text("spoon")


def test_measuring_all_pictures_can_be_cancelled(view: Explorer) -> None:
    view.press("fid-all")
    says(view, "scoring 2,000 candidates")
    view.press("fid-cancel")
    says(view, "Cancelled")
    expect(view.page.locator("#fid-summary")).to_contain_text("FUSE, pair buckets")


def test_wrong_settings_get_a_sentence(view: Explorer) -> None:
    view.fill("Candidates", "10")
    view.press("fid-one")
    says(view, "number of candidates must be 300 to 10,000")
    view.fill("Candidates", "300")
    choose(view, "pair-source", "GPT-2's tokenizer")
    view.press("fid-one")
    says(view, "gpt2-tokenizer")
    expect(view.page.locator("#fid-status .fx-error")).to_be_visible()


def test_a_link_restores_the_view(visitor: Explorer) -> None:
    visitor.open("?view=fidelity&picture=rocket&context=a+tall&k=100")
    expect(visitor.page.locator("#fid-picture input")).to_have_value("rocket", timeout=PATIENCE)
    expect(visitor.page.locator("#fid-context textarea, #fid-context input")).to_have_value("a tall")
    expect(visitor.page.locator("#fid-one")).to_be_visible()
    expect(visitor.field("K")).to_have_value("100")
