"""Links: the address says what is on show, and opens it again."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.explorer import PATIENCE, Explorer

OTHER_WAY_ROUND = "source=minilm&target=smollm2"  # the words of both are counted for other visits, too


def test_a_link_restores_what_was_on_show_and_follows_changes(visitor: Explorer) -> None:
    page = visitor.page
    text, limit = page.locator("#tok-text textarea"), page.locator("#bucket-limit input[type=number]")
    visitor.open(f"?view=tokenizers&{OTHER_WAY_ROUND}&text=hello&words=20000&tokens=6&unheard=of")
    expect(text).to_have_value("hello", timeout=PATIENCE)
    expect(page.locator("#pair-source input")).to_have_value(re.compile("all-MiniLM-L6-v2"))
    expect(page.locator("#pair-target input")).to_have_value(re.compile("SmolLM2"))
    expect(limit).to_have_value("6")
    expect(page.locator("#bucket-size input[type=number]")).to_have_value("20000")
    # What is shown belongs to the link, not to the defaults.
    visitor.expect_text("split-source", "all-MiniLM-L6-v2")
    visitor.expect_text("split-source", "1 token, 1 word")
    visitor.expect_text("bucket-plot", "i: tokens in minilm")
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
    # The button gives the same address, where the browser lets the page copy and where it does not.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.press("tokenizers-copy-link")
    visitor.expect_text("tokenizers-link", "Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert parse_qs(urlsplit(copied).query) == {
        "view": ["tokenizers"],
        "source": ["minilm"],
        "target": ["smollm2"],
        "text": ["two words & more"],
        "words": ["20000"],
        "cell": ["1,1"],
    }
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    visitor.press("tokenizers-copy-link")
    visitor.expect_text("tokenizers-link", "Press Ctrl")
    assert page.evaluate("document.getSelection().toString()") == copied
