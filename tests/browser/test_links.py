"""Links: the address says what is on show, and opens it again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer

PAPERS = "source=gpt2-tokenizer&target=clip-tokenizer"


def test_a_link_restores_what_was_on_show_follows_changes_and_survives_nonsense(visitor: Explorer) -> None:
    page = visitor.page
    text, limit = page.locator("#tok-text textarea"), page.locator("#bucket-limit input[type=number]")
    visitor.open(f"?view=tokenizers&{PAPERS}&text=hello&words=20000&tokens=6")
    expect(text).to_have_value("hello", timeout=PATIENCE)
    expect(page.locator("#pair-source input")).to_have_value(re.compile("GPT-2's tokenizer"))
    expect(page.locator("#pair-target input")).to_have_value(re.compile("CLIP's tokenizer"))
    expect(limit).to_have_value("6")
    expect(page.locator("#bucket-size input[type=number]")).to_have_value("20000")
    # What is shown belongs to the link, not to the defaults.
    visitor.expect_text("split-source", "GPT-2's tokenizer")
    visitor.expect_text("split-source", "1 token, 1 word")
    visitor.expect_text("bucket-plot", "i: tokens in gpt2-tokenizer")
    visitor.expect_text("bucket-facts", "English's 20,000 most frequent words")
    text.fill("two words & more")
    expect(page).to_have_url(re.compile(r"text=two"), timeout=PATIENCE)
    visitor.fill_number("bucket-limit", 4)
    expect(page).not_to_have_url(re.compile(r"tokens="), timeout=PATIENCE)  # a default is left out
    expect(page).to_have_url(re.compile(r"view=tokenizers"))
    page.goto(page.url)
    expect(text).to_have_value("two words & more", timeout=PATIENCE)
    visitor.expect_text("split-source", "4 words")
    expect(limit).to_have_value("4")
    # Nonsense is passed over; settings of a view that is opened later are kept for it.
    visitor.open(f"?view=nowhere&{PAPERS}&words=-5&tokens=many&unheard=of&text=hello")
    expect(page.get_by_role("tab", name="Optimise", exact=True)).to_have_attribute(
        "aria-selected", "true", timeout=PATIENCE
    )
    visitor.tab("Tokenizers")
    visitor.expect_text("split-target", "CLIP's tokenizer")
    visitor.expect_text("split-target", "1 token, 1 word")
    visitor.expect_text("bucket-facts", "English's 50,000 most")
    expect(limit).to_have_value("4")
