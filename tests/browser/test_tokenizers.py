"""The Tokenizers tab, driven as a person would."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer


def test_typing_re_renders_both_splits(explorer: Explorer) -> None:
    explorer.tab("Tokenizers")
    expect(explorer.page.locator("#split-source .fx-pill").first).to_be_visible(timeout=PATIENCE)
    explorer.page.locator("#tok-text textarea").fill("cheetahs unbelievably naïve 🐆 x")
    expect(explorer.page.locator("#split-source")).to_contain_text("5 words", timeout=PATIENCE)
    expect(explorer.page.locator("#split-target")).to_contain_text("5 words")
    expect(explorer.page.locator("#split-target .fx-unknown")).to_have_count(1)
    assert explorer.page.locator("#split-source .fx-differs").count() >= 2


def test_html_in_words_is_shown_not_executed(explorer: Explorer) -> None:
    explorer.tab("Tokenizers")
    explorer.page.locator("#tok-text textarea").fill('<img src=x onerror="window.hacked=1"> <b>bold</b>')
    expect(explorer.page.locator("#split-source")).to_contain_text("onerror", timeout=PATIENCE)
    assert explorer.page.locator("#split-source img").count() == 0
    assert explorer.page.evaluate("window.hacked") is None


def test_the_papers_own_pair_has_a_bucket_table(explorer: Explorer) -> None:
    explorer.tab("Tokenizers")
    plot = explorer.page.locator("#bucket-plot")
    expect(plot).to_contain_text("tokens in minilm", timeout=PATIENCE)
    for box, title, key in (
        ("pair-source", "GPT-2's tokenizer", "gpt2-tokenizer"),
        ("pair-target", "CLIP's tokenizer", "clip-tokenizer"),
    ):
        explorer.page.locator(f"#{box} input").click()
        explorer.page.locator(f"#{box}").get_by_role("option", name=title).click()
        expect(plot).to_contain_text(f"tokens in {key}", timeout=PATIENCE)


def test_empty_text_has_a_hint(explorer: Explorer) -> None:
    explorer.tab("Tokenizers")
    explorer.page.locator("#tok-text textarea").fill("")
    expect(explorer.page.locator("#split-source")).to_contain_text("Type some text", timeout=PATIENCE)
