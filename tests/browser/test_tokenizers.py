"""The Tokenizers view, driven as a person would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.explorer import Explorer, visiting_in
from tests.fuse_core import builders
from tests.saved_tables import saved_rows


@pytest.fixture(scope="module")
def view(window: Page, address: str) -> Iterator[Explorer]:
    """A visitor in front of the view, with everything in it drawn; one for the tests of its parts, in their order:
    the first of them comes after the tests that open a page of their own in the same window."""
    with visiting_in(window, address) as visitor:
        visitor.open("?view=tokenizers")
        visitor.expect_text("split-source", "cheetah|·cheet")
        visitor.expect_text("coverage-plot", "L: most tokens")
        visitor.expect_text("bucket-note", "of 1 token in smollm2")
        yield visitor


def first_row(visit: Explorer, *texts: str) -> None:
    """Wait until the table of words begins with a row of these texts."""
    row = visit.page.locator("#bucket-words .virtual-row").first.get_by_role("gridcell")
    expect(row).to_have_text(list(texts))


def click_cell(visit: Explorer, i: int, j: int, size: int = 4) -> None:
    """Click the heatmap's cell in row i and column j, once the page listens to it."""
    visit.page.wait_for_function("document.querySelector('#bucket-plot .js-plotly-plot')?.fxKnown")
    cells = visit.page.locator("#bucket-plot .nsewdrag")
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + box["width"] * (j - 0.5) / size, box["y"] + box["height"] * (i - 0.5) / size)


def test_five_tokenizers_stand_side_by_side_one_of_them_uploaded(visitor: Explorer, tmp_path: Path) -> None:
    own, page = tmp_path / "mine.json", visitor.page
    own.write_text(builders.tokenizer("byte-level").backend.to_str(), "utf-8")
    visitor.open("?view=tokenizers&others=gpt2-tokenizer,clip-tokenizer")
    visitor.expect_text("split-others", "CLIP's tokenizer")
    visitor.give_file("own-file", own)
    visitor.expect_text("own-note", "'own: mine.json' has")
    expect(page.locator(".fx-split")).to_have_count(5)
    visitor.expect_text("tok-figures", "own: mine.json")
    visitor.choose_in("bucket-columns", "own: mine.json")
    visitor.expect_text("bucket-plot", "j: tokens in own: mine.json")
    own.write_text("{}")
    visitor.give_file("own-file", own)
    visitor.expect_text("own-note", "'mine.json' is JSON, but no tokenizer")
    expect(page.locator(".fx-split")).to_have_count(5)
    assert visitor.overflow() <= 0


def test_a_words_token_ids_are_reached_by_keyboard(view: Explorer) -> None:
    page, here = view.page, view.page.locator("#tok-rows [role=gridcell]:focus")
    page.locator("#tok-rows [role=gridcell]").first.focus()
    for column in range(2, 6):
        page.keyboard.press("ArrowRight")
        expect(here).to_have_attribute("aria-colindex", str(column))
    expect(page.locator("#tok-rows [role=columnheader]").nth(4)).to_contain_text("ids: smollm2")
    expect(here).to_have_text("49")  # of "A", which SmolLM2 has after 17 tokens of its own and the 32 bytes before it


def test_typing_renders_both_splits_anew_and_html_is_shown_not_executed(view: Explorer) -> None:
    box, page = view.page.locator("#tok-text textarea"), view.page
    box.fill("cheetahs unbelievably naïve 🐆 x")
    view.expect_text("split-source", "5 words")
    view.expect_text("split-target", "5 words")
    expect(page.locator("#split-target .fx-unknown")).to_have_count(1)
    view.expect_text("tok-rows", r"\(unknown\)")
    box.fill('<img src=x onerror="window.hacked=1"> <b>bold</b>')
    for place in ("split-source", "tok-rows"):
        view.expect_text(place, "onerror")
        assert page.locator(f"#{place} :is(img, b)").count() == 0
    assert page.evaluate("window.hacked") is None
    box.fill("ab7é" * 2_500)
    view.expect_text("split-source", "The first 1,000 of 7,500 tokens are drawn")
    expect(page.locator("#split-source .fx-pill")).to_have_count(1_000)
    assert view.overflow() <= 0


def test_a_text_of_ones_own_is_counted_exported_and_dropped(view: Explorer, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_bytes("\ufeffcheetah naïve cheetah <b>x</b>".encode())
    view.give_file("corpus-file", mine)
    view.expect_text("bucket-facts", "'mine.txt': 3 distinct words, 4 in all")
    expect(view.page.locator("#bucket-size")).to_be_hidden()
    view.choose_in("bucket-choice", "(2, 3): 1 word")
    first_row(view, "cheetah", "2", "cheet | ah", "che | eta | h")
    (row,) = saved_rows(view.download("bucket-words-csv", tmp_path))
    cut = {"source: smollm2": "cheet | ah", "target: minilm": "che | eta | h"}
    assert row == {"word": "cheetah", "occurrences": "2", **cut}
    with Image.open(view.download("buckets-png", tmp_path)) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 300
        assert len(picture.convert("RGB").getcolors(1 << 24) or ()) > 20
    svg = view.download("coverage-svg", tmp_path).read_text("utf-8")
    assert svg.startswith("<svg")
    assert "minilm" in svg
    empty = tmp_path / "empty.txt"
    empty.touch()
    view.give_file("corpus-file", empty)
    view.expect_text("bucket-problem", "is empty")
    view.expect_text("bucket-facts", "'mine.txt': 3 distinct words")
    view.press("corpus-drop")
    view.expect_text("bucket-facts", "English's 50,000 most frequent words")
    expect(view.page.locator("#bucket-size")).to_be_visible()


def test_a_bucket_is_chosen_by_click_and_keyboard_and_its_words_searched(view: Explorer) -> None:
    page = view.page
    click_cell(view, 4, 2)
    view.expect_text("bucket-note", "83 words of 4 tokens in smollm2 and 2 in minilm")
    page.locator("#bucket-choice input").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#bucket-note")).not_to_contain_text("83 words")
    click_cell(view, 1, 1)
    view.expect_text("bucket-note", "The 2,000 most frequent of the 13,932 words")
    word = page.locator("#bucket-words .virtual-row [role=gridcell]").first
    expect(word).to_have_text("the")
    menu = page.locator("#bucket-words [role=columnheader]").nth(1).get_by_role("button")
    menu.click()
    page.get_by_role("menuitem", name="Sort ascending").click()
    expect(word).not_to_have_text("the")
    page.locator("#bucket-words").get_by_placeholder("Search").fill("people")
    expect(word).to_have_text("people")
    view.fill_number("bucket-limit", 8)
    view.expect_text("bucket-facts", "49,910 in the buckets, 90 outside")
    expect(page.locator("#bucket-plot .heatmap-label")).to_have_count(64)
    click_cell(view, 8, 8, size=8)
    view.expect_text("bucket-note", r"No word falls into bucket \(8, 8\)\.")
