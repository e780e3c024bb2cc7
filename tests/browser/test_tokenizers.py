"""The Tokenizers view, driven as a person would."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.explorer import PATIENCE, Explorer, visiting

LETTERS = 10_000


@pytest.fixture
def page(visitor: Explorer) -> Page:
    """A visitor in front of the view, with everything in it drawn."""
    return drawn(visitor)


@pytest.fixture(scope="module")
def shared(browser: Browser, address: str) -> Iterator[Page]:
    """The same for tests that leave all as it was but for the text and the bucket chosen."""
    with visiting(browser, address) as visit:
        yield drawn(visit)


def drawn(visit: Explorer) -> Page:
    visit.open("?view=tokenizers")
    expect(visit.page.locator("#split-source .fx-pill").first).to_be_visible(timeout=PATIENCE)
    expect(visit.page.locator("#coverage-plot")).to_contain_text("L: most tokens", timeout=PATIENCE)
    expect(visit.page.locator("#bucket-note")).to_contain_text("of 1 token in smollm2", timeout=PATIENCE)
    return visit.page


def write(page: Page, text: str) -> None:
    page.locator("#tok-text textarea").fill(text)


def choose(page: Page, box: str, option: str) -> None:
    page.locator(f"#{box} input").click()
    page.locator(f"#{box}").get_by_role("option", name=option).click()


def upload(page: Page, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with page.expect_file_chooser() as chooser:
        page.click("#corpus-file")
    chooser.value.set_files(path)


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as got:
        page.click(f"#{button}")
    target = folder / got.value.suggested_filename
    got.value.save_as(target)
    return target


def cells(page: Page, table: str, row: int = 0) -> list[str]:
    """Texts of one row of a table, as shown."""
    return page.locator(f"#{table} .virtual-row").nth(row).get_by_role("gridcell").all_inner_texts()


def cells_when(page: Page, table: str, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The first row's texts once they are as wanted: a table is redrawn a moment after the note above it."""
    deadline = time.monotonic() + PATIENCE / 1000
    while not wanted(found := cells(page, table)):
        assert time.monotonic() < deadline, found
        page.wait_for_timeout(100)
    return found


def click_cell(page: Page, i: int, j: int, size: int = 4) -> None:
    """Click the heatmap's cell in row i and column j."""
    page.locator("#bucket-plot .nsewdrag").scroll_into_view_if_needed()
    page.wait_for_timeout(600)  # the page looks for new figures every 400 ms
    box = page.locator("#bucket-plot .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * (j - 0.5) / size, box["y"] + box["height"] * (i - 0.5) / size)


# --- Text -----------------------------------------------------------------------------------------------------------


def test_typing_re_renders_both_splits(shared: Page) -> None:
    write(shared, "cheetahs unbelievably naïve 🐆 x")
    expect(shared.locator("#split-source")).to_contain_text("5 words", timeout=PATIENCE)
    expect(shared.locator("#split-target")).to_contain_text("5 words")
    expect(shared.locator("#split-target .fx-unknown")).to_have_count(1)
    assert shared.locator("#split-source .fx-differs").count() >= 2
    expect(shared.locator("#tok-rows")).to_contain_text("(unknown)")


def test_a_token_tells_its_text_id_slot_and_bytes(shared: Page) -> None:
    write(shared, "hello")
    pill = shared.locator("#split-target .fx-pill")
    expect(pill).to_have_count(1, timeout=PATIENCE)
    hint = pill.get_attribute("title") or ""
    assert hint == "token hello · id 7592 · slot 1 · bytes 68 65 6c 6c 6f"


def test_html_in_words_is_shown_not_executed(shared: Page) -> None:
    write(shared, '<img src=x onerror="window.hacked=1"> <b>bold</b>')
    for place in ("#split-source", "#tok-rows"):
        expect(shared.locator(place)).to_contain_text("onerror", timeout=PATIENCE)
        assert shared.locator(f"{place} img").count() == 0
        assert shared.locator(f"{place} b").count() == 0
    assert shared.evaluate("window.hacked") is None


def test_empty_text_has_a_hint(shared: Page) -> None:
    write(shared, "")
    expect(shared.locator("#split-source")).to_contain_text("Type some text", timeout=PATIENCE)
    expect(shared.locator("#split-target")).to_contain_text("0 tokens, 0 words")


def test_other_scripts_are_cut_into_their_words(shared: Page) -> None:
    for text, words in (
        ("שלום עולם مرحبا", "3 words"),
        ("👩‍👩‍👧 🐆🐆", "2 words"),
        ("我喜欢读书因为它很有趣", "1 word"),
        ("a\tb\n\nc\u00a0d", "4 words"),
    ):
        write(shared, text)
        for side in ("#split-source", "#split-target"):
            expect(shared.locator(side)).to_contain_text(words, timeout=PATIENCE)
            expect(shared.locator(f"{side} .fx-group")).to_have_count(int(words[0]))


def test_a_word_of_ten_thousand_letters_keeps_the_page_usable(shared: Page) -> None:
    write(shared, "ab7é" * (LETTERS // 4))
    expect(shared.locator("#split-source")).to_contain_text("7,500 tokens, 1 word", timeout=PATIENCE)
    expect(shared.locator("#split-source")).to_contain_text("The first 1,000 of 7,500 tokens are drawn.")
    expect(shared.locator("#split-source .fx-pill")).to_have_count(1_000)
    expect(shared.locator("#split-target .fx-unknown")).to_have_count(1)
    expect(shared.locator("#tok-rows")).to_contain_text("7,500 in all")
    assert shared.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    write(shared, "short again")
    expect(shared.locator("#split-source")).to_contain_text("2 words", timeout=PATIENCE)


def test_a_long_text_is_cut_with_a_sentence(shared: Page) -> None:
    write(shared, "word " * 5_000)
    expect(shared.locator("#tok-note")).to_contain_text("first 20,000 characters", timeout=PATIENCE)
    expect(shared.locator("#split-source")).to_contain_text("4,000 words")


def test_one_tokenizer_on_both_sides_is_said(page: Page) -> None:
    choose(page, "pair-target", "SmolLM2-135M")
    expect(page.locator("#tok-note")).to_contain_text("cut every word alike", timeout=PATIENCE)
    expect(page.locator("#bucket-facts")).to_contain_text("every word lies on the diagonal", timeout=PATIENCE)
    expect(page.locator("#split-source .fx-differs")).to_have_count(0)
    expect(page.locator("#bucket-plot")).to_contain_text("j: tokens in smollm2")


# --- Buckets --------------------------------------------------------------------------------------------------------


def test_the_papers_own_pair_has_a_bucket_table(page: Page) -> None:
    choose(page, "pair-source", "GPT-2's tokenizer")
    expect(page.locator("#bucket-plot")).to_contain_text("tokens in gpt2-tokenizer", timeout=PATIENCE)
    choose(page, "pair-target", "CLIP's tokenizer")
    expect(page.locator("#bucket-plot")).to_contain_text("tokens in clip-tokenizer", timeout=PATIENCE)
    expect(page.locator("#coverage")).to_contain_text("j: clip-tokenizer")


def test_a_click_on_a_cell_lists_its_words(shared: Page) -> None:
    click_cell(shared, 1, 2)
    expect(shared.locator("#bucket-note")).to_contain_text("of 1 token in smollm2 and 2 in minilm", timeout=PATIENCE)
    expect(shared.locator("#bucket-choice input")).to_have_value("(1, 2): 3,461 words")
    word, frequency, source, target = cells_when(shared, "bucket-words", lambda row: row[-1].count(" | ") == 1)
    assert source == word
    assert target.replace(" | ", "") == word
    assert float(frequency) > 0
    expect(shared.locator("#bucket-words")).to_contain_text("per million")
    click_cell(shared, 4, 2)
    expect(shared.locator("#bucket-note")).to_contain_text("83 words of 4 tokens in smollm2 and 2 in minilm")


def test_a_bucket_is_chosen_from_the_keyboard(page: Page) -> None:
    page.locator("#bucket-choice input").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#bucket-note")).to_contain_text("of 1 token in smollm2 and 2 in minilm", timeout=PATIENCE)


def test_words_outside_the_buckets_are_listed(shared: Page) -> None:
    choose(shared, "bucket-choice", "outside")
    expect(shared.locator("#bucket-note")).to_contain_text("367 words outside the buckets", timeout=PATIENCE)
    cells_when(shared, "bucket-words", lambda row: row[2].count(" | ") >= 4 or "(unknown)" in row[2] + row[3])


def test_the_words_are_searched_and_sorted(page: Page) -> None:
    expect(page.locator("#bucket-note")).to_contain_text("The 2,000 most frequent of the 13,932 words")
    cells_when(page, "bucket-words", lambda row: row[0] == "the")
    first = page.locator("#bucket-words .virtual-row [role=gridcell]").first
    menu = page.locator("#bucket-words [role=columnheader]").nth(1).get_by_role("button")
    menu.click()
    page.get_by_role("menuitem", name="Sort ascending").click()
    expect(first).not_to_have_text("the", timeout=PATIENCE)
    assert float(cells(page, "bucket-words")[1]) < 100
    menu.click()
    page.get_by_role("menuitem", name="Sort descending").click()
    expect(first).to_have_text("the", timeout=PATIENCE)
    page.locator("#bucket-words").get_by_placeholder("Search").fill("people")
    expect(first).to_have_text("people", timeout=PATIENCE)


def test_more_tokens_make_more_buckets(page: Page) -> None:
    limit = page.locator("#bucket-limit input[type=number]")
    limit.fill("8")
    limit.blur()
    expect(page.locator("#bucket-facts")).to_contain_text("49,910 in the buckets, 90 outside", timeout=PATIENCE)
    expect(page.locator("#bucket-plot .heatmap-label")).to_have_count(64)
    click_cell(page, 8, 8, size=8)
    expect(page.locator("#bucket-note")).to_contain_text("No word falls into bucket (8, 8).", timeout=PATIENCE)
    click_cell(page, 5, 5, size=8)
    expect(page.locator("#bucket-note")).to_contain_text("of 5 tokens in smollm2 and 5 in minilm", timeout=PATIENCE)


def test_the_number_of_english_words_is_a_choice(page: Page) -> None:
    size = page.locator("#bucket-size input[type=number]")
    size.fill("2000")
    size.blur()
    expect(page.locator("#bucket-facts")).to_contain_text("English's 2,000 most frequent words", timeout=PATIENCE)
    size.fill("200000")
    size.blur()
    expect(page.locator("#bucket-facts")).to_contain_text("English's 200,000 most frequent words", timeout=PATIENCE)
    expect(page.locator("#bucket-problem")).to_be_empty()


# --- A text of one's own --------------------------------------------------------------------------------------------


def test_a_text_of_ones_own_is_counted_and_dropped(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path / "mine.txt", "\ufeffcheetah naïve cheetah <b>x</b>".encode())
    facts = page.locator("#bucket-facts")
    expect(facts).to_contain_text("'mine.txt': 3 distinct words, 4 in all", timeout=PATIENCE)
    expect(page.locator("#bucket-size")).to_be_hidden()
    choose(page, "bucket-choice", "(2, 3): 1 word")
    expect(page.locator("#bucket-note")).to_contain_text("1 word of 2 tokens in smollm2", timeout=PATIENCE)
    expected = ["cheetah", "2", "cheet | ah", "che | eta | h"]
    cells_when(page, "bucket-words", lambda row: row == expected)
    expect(page.locator("#bucket-words")).to_contain_text("occurrences")
    choose(page, "pair-source", "GPT-2's tokenizer")
    expect(page.locator("#bucket-plot")).to_contain_text("tokens in gpt2-tokenizer", timeout=PATIENCE)
    expect(facts).to_contain_text("'mine.txt': 3 distinct words")
    page.click("#corpus-drop")
    expect(facts).to_contain_text("English's 50,000 most frequent words", timeout=PATIENCE)
    expect(page.locator("#corpus-drop")).to_be_hidden()
    expect(page.locator("#bucket-size")).to_be_visible()


def test_a_text_without_white_space_is_one_word(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path / "one.txt", b"ab7" * 100_000)
    expect(page.locator("#bucket-facts")).to_contain_text("'one.txt': 1 distinct word, 1 in all", timeout=PATIENCE)
    expect(page.locator("#bucket-choice input")).to_have_value("outside: 1 word")
    expect(page.locator("#bucket-words")).to_contain_text("ab7ab7")
    expect(page.locator("#coverage")).to_contain_text("0")


def test_a_bad_text_gets_a_sentence_and_the_last_one_stays(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path / "good.txt", b"one two two")
    facts = page.locator("#bucket-facts")
    expect(facts).to_contain_text("'good.txt'", timeout=PATIENCE)
    for content, sentence in (
        (b"", "is empty"),
        (b"   \n", "has no words"),
        (b"caf\xe9", "the byte at offset 3 is 0xe9"),
        (b"a" * 10_000_001, "10,000,001 bytes"),
    ):
        upload(page, tmp_path / "bad.txt", content)
        expect(page.locator("#bucket-problem")).to_contain_text(sentence, timeout=PATIENCE)
        expect(facts).to_contain_text("'good.txt': 2 distinct words, 3 in all")
    upload(page, tmp_path / "better.txt", b"three")
    expect(facts).to_contain_text("'better.txt': 1 distinct word", timeout=PATIENCE)
    expect(page.locator("#bucket-problem")).to_be_empty()


# --- Coverage and downloads -----------------------------------------------------------------------------------------


def test_coverage_names_its_axes_and_grows_with_l(shared: Page) -> None:
    expect(shared.locator("#coverage-plot")).to_contain_text("words covered (%)")
    expect(shared.locator("#coverage-plot")).to_contain_text("smollm2, running words")
    rows = [cells(shared, "coverage", k) for k in range(8)]
    assert [row[0] for row in rows] == [str(k) for k in range(1, 9)]
    assert {row[1] for row in rows} == {"i: smollm2"}
    for column in (2, 3):
        shares = [float(row[column]) for row in rows]
        assert shares == sorted(shares)
        assert 0 < shares[0] < shares[-1] <= 100


def test_tables_are_saved_as_csv(shared: Page, tmp_path: Path) -> None:
    write(shared, 'say "hi", naïve')
    expect(shared.locator("#split-source")).to_contain_text("3 words", timeout=PATIENCE)
    expect(shared.locator("#tok-rows")).to_contain_text("naïve")
    found = list(csv.reader(StringIO(download(shared, "words-csv", tmp_path).read_text("utf-8-sig"), newline="")))
    assert [row[0] for row in found] == ["word", "say", '"hi",', "naïve"]
    click_cell(shared, 4, 2)
    expect(shared.locator("#bucket-note")).to_contain_text("83 words", timeout=PATIENCE)
    found = list(csv.reader(StringIO(download(shared, "bucket-words-csv", tmp_path).read_text("utf-8-sig"))))
    assert found[0] == ["word", "per million", "source: smollm2", "target: minilm"]
    assert len(found) == 84
    found = list(csv.reader(StringIO(download(shared, "coverage-csv", tmp_path).read_text("utf-8-sig"))))
    assert found[0] == ["L", "tokenizer", "running words (%)", "distinct words (%)"]
    assert len(found) == 17


def test_figures_are_saved_as_png_and_svg(shared: Page, tmp_path: Path) -> None:
    for name in ("buckets", "coverage"):
        with Image.open(download(shared, f"{name}-png", tmp_path)) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) > 300
            colours = picture.convert("RGB").getcolors(1 << 24)
            assert colours is not None
            assert len(colours) > 20
        svg = download(shared, f"{name}-svg", tmp_path).read_text()
        assert svg.startswith("<svg")
        assert "minilm" in svg
