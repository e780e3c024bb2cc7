"""Links: the address says what is on show, and opens it again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer

PAPERS = "source=gpt2-tokenizer&target=clip-tokenizer"


def test_a_link_restores_view_pair_text_and_settings(visitor: Explorer) -> None:
    page = visitor.page
    visitor.open(f"?view=tokenizers&{PAPERS}&text=hello&words=20000&tokens=6")
    expect(page.locator("#tok-text textarea")).to_have_value("hello", timeout=PATIENCE)
    expect(page.locator("#pair-source input")).to_have_value(re.compile("GPT-2's tokenizer"))
    expect(page.locator("#pair-target input")).to_have_value(re.compile("CLIP's tokenizer"))
    expect(page.locator("#bucket-limit input[type=number]")).to_have_value("6")
    expect(page.locator("#bucket-size input[type=number]")).to_have_value("20000")
    # What is shown belongs to the link, not to the defaults.
    expect(page.locator("#split-source")).to_contain_text("GPT-2's tokenizer", timeout=PATIENCE)
    expect(page.locator("#split-source")).to_contain_text("1 token, 1 word")
    expect(page.locator("#bucket-plot")).to_contain_text("i: tokens in gpt2-tokenizer", timeout=PATIENCE)
    expect(page.locator("#bucket-facts")).to_contain_text("English's 20,000 most frequent words", timeout=PATIENCE)
    expect(page.locator("#bucket-plot")).to_contain_text("6")


def test_a_link_without_a_view_keeps_its_settings_for_later(visitor: Explorer) -> None:
    page = visitor.page
    visitor.open(f"?{PAPERS}&text=hello")
    visitor.tab("Tokenizers")
    expect(page.locator("#split-target")).to_contain_text("CLIP's tokenizer", timeout=PATIENCE)
    expect(page.locator("#split-target")).to_contain_text("1 token, 1 word")
    expect(page.locator("#bucket-plot")).to_contain_text("j: tokens in clip-tokenizer", timeout=PATIENCE)


def test_changed_settings_are_written_to_the_address_and_open_again(explorer: Explorer) -> None:
    page = explorer.page
    explorer.tab("Tokenizers")
    expect(page.locator("#bucket-facts")).to_contain_text("50,000", timeout=PATIENCE)
    page.locator("#tok-text textarea").fill("two words & more")
    expect(page).to_have_url(re.compile(r"text=two"), timeout=PATIENCE)
    limit = page.locator("#bucket-limit input[type=number]")
    limit.fill("3")
    limit.blur()
    expect(page).to_have_url(re.compile(r"tokens=3"), timeout=PATIENCE)
    expect(page).to_have_url(re.compile(r"view=tokenizers"))
    page.goto(page.url)
    expect(page.locator("#tok-text textarea")).to_have_value("two words & more", timeout=PATIENCE)
    expect(page.locator("#split-source")).to_contain_text("4 words", timeout=PATIENCE)
    limit = page.locator("#bucket-limit input[type=number]")
    expect(limit).to_have_value("3")
    limit.fill("4")
    limit.blur()
    expect(page).not_to_have_url(re.compile(r"tokens="), timeout=PATIENCE)  # a default is left out


def test_nonsense_in_the_address_is_ignored(visitor: Explorer) -> None:
    page = visitor.page
    visitor.open("?view=tokenizers&source=nobody&target=%3Cb%3E&words=-5&tokens=many&unheard=of")
    expect(page.locator("#split-source")).to_contain_text("SmolLM2", timeout=PATIENCE)
    expect(page.locator("#bucket-facts")).to_contain_text("English's 50,000 most", timeout=PATIENCE)
    expect(page.locator("#bucket-limit input[type=number]")).to_have_value("4")
    visitor.open("?view=nowhere")
    expect(page.get_by_role("tab", name="Optimise", exact=True)).to_have_attribute("aria-selected", "true")
