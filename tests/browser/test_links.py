"""Links: the address says what is on show, and opens it again."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.explorer import Explorer

SHOWN = "new URL(document.querySelector('#picture img').src).pathname"
OTHER_WAY_ROUND = "source=minilm&target=smollm2"  # the words of both are counted for other visits, too


def test_a_link_restores_what_was_on_show_and_follows_changes(visitor: Explorer) -> None:
    page = visitor.page
    text, limit = page.locator("#tok-text textarea"), page.locator("#bucket-limit input[type=number]")
    visitor.open(f"?view=tokenizers&{OTHER_WAY_ROUND}&text=hello&words=20000&tokens=6&unheard=of")
    expect(text).to_have_value("hello")
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
    expect(page).to_have_url(re.compile(r"text=two"))
    visitor.fill_number("bucket-limit", 4)
    expect(page).not_to_have_url(re.compile(r"tokens="))  # a default is left out
    expect(page).to_have_url(re.compile(r"view=tokenizers"))
    page.goto(page.url)
    expect(text).to_have_value("two words & more")
    visitor.expect_text("split-source", "4 words")
    expect(limit).to_have_value("4")
    expect(page.locator("#bucket-choice input")).not_to_have_value("")  # a bucket of the table, which comes last
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


def test_a_link_to_a_run_brings_back_picture_settings_step_and_what_was_found(explorer: Explorer) -> None:
    page = explorer.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def picture() -> str:  # by its content
        return page.evaluate(SHOWN)

    def on_show() -> dict[str, object]:
        return {
            "picture": picture(),
            "settings": [explorer.field(label).input_value() for label in ("Steps", "Beams", "Candidates")],
            "step": page.locator("#timeline input[type=number]").input_value(),
            "caption": explorer.caption,
            "facts": re.sub(r"[\d.]+ s\b", "", page.locator("#facts").inner_text()),
            "prompts": page.locator("#beams").inner_text(),
        }

    def link() -> str:
        explorer.press("optimise-copy-link")
        explorer.expect_text("optimise-link", "Copied")
        return page.evaluate("navigator.clipboard.readText()")

    recorded = picture()
    page.locator("#examples .thumbnail-item").nth(1).click()
    explorer.expect_status("Ready")
    for label, value in (("Steps", "3"), ("Beams", "2"), ("Candidates", "24")):
        explorer.fill(label, value)
    explorer.take_steps(1, 2)
    explorer.open_step(1)
    explorer.expect_clipped("#curve")
    sent, address = on_show(), link()
    assert sent["picture"] != recorded
    assert sent["caption"]
    page.evaluate("sessionStorage.clear(); indexedDB.deleteDatabase('fuse-explorer')")  # somebody else's browser
    page.goto(address)
    explorer.expect_text("facts", "Step 1 of 3")
    explorer.expect_status("Step 2 of 3")
    expect(page.locator("#timeline input[type=number]")).to_have_value("1")
    page.wait_for_function(f"({SHOWN}) === {json.dumps(sent['picture'])}")
    assert on_show() == sent
    assert link() == address
