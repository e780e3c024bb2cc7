"""The Tokenizers view's handlers, with real tokenizers."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import gradio as gr
import pytest

from fuse_core.library import Library
from ui.analyse.tokenizers import bucket_view, split_view
from ui.analyse.tokenizers.bucket_handlers import JOB, BucketHandlers
from ui.analyse.tokenizers.split_handlers import SplitHandlers
from ui.kit.jobs import JobRunner
from ui.kit.visible_text import visible

CASES = Path(__file__).parents[2] / "data" / "cases"
REQUEST = gr.Request(session_hash="a visit")
PAIR = ("gpt2-tokenizer", "clip-tokenizer")
PILL = re.compile(r'<span class="fx-pill[^"]*" title="([^"]*)">([^<]*)</span>')


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def splits(library: Library) -> SplitHandlers:
    with gr.Blocks():
        return SplitHandlers(split_view.results(), library, JobRunner())


@pytest.fixture(scope="module")
def buckets(library: Library) -> BucketHandlers:
    with gr.Blocks():
        components = bucket_view.results(gr.Slider(), gr.Button())
    return BucketHandlers(components, library, JobRunner())


def split(handlers: SplitHandlers, text: str, pair: tuple[str, str] = PAIR) -> dict:
    return list(handlers.split(REQUEST, *pair, text))[-1]


def pills(html: str) -> list[tuple[str, str]]:
    """What each pill shows, and the bytes that its hint tells."""
    return [(unescape(text), unescape(hint).partition(" · bytes ")[2]) for hint, text in PILL.findall(html)]


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_pill_has_its_own_tokens_bytes(splits, library, side):
    text = (CASES / "emoji_and_invisible.txt").read_text("utf-8")
    update = split(splits, text)
    key = PAIR[0] if side == "source" else PAIR[1]
    ids = library.tokenizer(key).encode(text)
    shown = pills(update[getattr(splits.components, side)])
    assert len(shown) == len(ids)
    by_token = {}
    for token, (_, content) in zip(ids, shown, strict=True):
        by_token.setdefault(token, set()).add(content)
    assert all(len(contents) == 1 for contents in by_token.values())
    assert len({content for contents in by_token.values() for content in contents}) == len(by_token)
    if side == "source":
        assert b"".join(bytes.fromhex(content) for _, content in shown) == text.encode()


def test_words_too_long_to_carry_a_gradient_are_marked(splits, library):
    words = ["cat", "antidisestablishmentarianism", "internationalisation", "photographers", "Donaudampfschifffahrt"]
    update = split(splits, " ".join(words))
    lengths = [[len(library.tokenizer(key).encode(f" {word}")) for key in PAIR] for word in words]
    assert {n > 4 for row in lengths for n in row} == {True, False}
    for side, html in enumerate(update[pane] for pane in (splits.components.source, splits.components.target)):
        assert re.findall(r"(\d+) tokens: no gradient", html) == [
            str(row[side]) for row in lengths[1:] if row[side] > 4
        ]
    marked = update[splits.components.rows]["bucket (i, j)"].str.contains("too long: no gradient").tolist()
    assert marked == [max(row) > 4 for row in lengths]


def test_no_pill_is_blank_and_invisible_characters_have_names(splits):
    update = split(splits, (CASES / "emoji_and_invisible.txt").read_text("utf-8"))
    shown = [text for text, _ in pills(update[splits.components.source])]
    assert all(text.strip() for text in shown)
    assert "⟨NBSP⟩" in shown
    assert "·⟨ZWSP⟩" in shown
    assert shown[:2] == ["⟨f0 9f 91⟩", "⟨a9⟩"]  # the woman
    cells = update[splits.components.rows].iloc[:, 2].tolist()
    assert cells[0].startswith("⟨f0 9f 91⟩ | ⟨a9⟩ | ")


def test_what_is_invisible_is_named_and_parts_of_characters_are_numbers():
    assert visible(" a\u00a0b\u200d\u3000\n\t".encode()) == "·a⟨NBSP⟩b⟨ZWJ⟩⟨U+3000⟩⏎⇥"
    assert visible("x👩".encode()[:-1] + b"y") == "x⟨f0 9f 91⟩y"
    assert visible("\u3164\u2800\U000e0101\x00\u202e".encode()) == "⟨U+3164⟩⟨U+2800⟩⟨U+E0101⟩⟨U+0000⟩⟨U+202E⟩"
    assert visible("naïve 👩🐆".encode()) == "naïve·👩🐆"


def test_html_in_words_is_escaped(splits):
    update = split(splits, '<img src=x onerror="window.hacked=1"> <b>bold</b>')
    for html in (update[splits.components.source], update[splits.components.target]):
        assert "<img" not in html
        assert "<b>" not in html
        assert "onerror" in "".join(text for text, _ in pills(html))


def test_a_text_is_cut_into_words_of_both_sides_and_marked_where_they_differ(splits):
    update = split(splits, "cheetahs unbelievably naïve 🐆 x")
    for side in ("source", "target"):
        html = update[getattr(splits.components, side)]
        assert "5 words" in html
        assert len(re.findall(r'class="fx-group[ "]', html)) == 5
    assert "fx-differs" in update[splits.components.source]
    assert update[splits.components.rows]["word"].tolist() == ["cheetahs", "unbelievably", "naïve", "🐆", "x"]


def test_an_empty_text_has_a_hint(splits):
    update = split(splits, "")
    assert "Type some text" in update[splits.components.source]
    assert "0 tokens, 0 words" in update[splits.components.target]


def test_long_texts_are_cut_with_a_sentence(splits):
    update = split(splits, "word " * 5_000)
    assert "first 20,000 characters" in update[splits.components.status]
    update = split(splits, "ab7é" * 2_500)
    html = update[splits.components.source]
    assert "The first 1,000 of" in html
    assert len(pills(html)) == 1_000
    assert "in all" in update[splits.components.rows].iloc[0, 2]


def test_one_tokenizer_on_both_sides_is_said(splits):
    update = split(splits, "cheetahs", (PAIR[0], PAIR[0]))
    assert "cut every word alike" in update[splits.components.status]
    assert "fx-differs" not in update[splits.components.source]


def shown_by(handlers: BucketHandlers, words: int = 2_000, limit: int = 4, own=None, before=None) -> dict:
    return list(handlers.show(REQUEST, *PAIR, words, limit, own, before, None))[-1]


def test_the_bucket_table_shows_progress_once_and_is_then_at_hand(buckets):
    first = list(buckets.show(REQUEST, *PAIR, 2_000, 4, None, None, None))
    assert all(list(update) == [buckets.components.status] for update in first[:-1])
    assert any("Counting the tokens of" in update[buckets.components.status] for update in first[:-1])
    assert "English&#39;s 2,000 most frequent words" in first[-1][buckets.components.facts]
    assert first[-1][buckets.components.status] == ""
    (again,) = buckets.show(REQUEST, *PAIR, 1_000, 8, None, None, None)
    assert "1,000 most frequent words" in again[buckets.components.facts]


def test_a_count_can_be_cancelled_and_changes_nothing(library, buckets):
    handlers = BucketHandlers(buckets.components, Library(library.cache), JobRunner())
    updates = handlers.show(REQUEST, *PAIR, 200_000, 4, None, None, None)
    next(updates)
    handlers.runner.cancel(JOB)(REQUEST)
    *_, last = updates
    assert list(last) == [buckets.components.status]
    assert "Cancelled" in last[buckets.components.status]


def test_a_text_of_ones_own_is_counted_and_dropped(buckets, tmp_path):
    file = tmp_path / "mine.txt"
    file.write_bytes("\ufeffcheetah naïve cheetah <b>x</b>".encode())
    *progress, update = buckets.upload(REQUEST, str(file), *PAIR, 2_000, 4, None, None)
    assert any("Reading mine.txt" in one[buckets.components.status] for one in progress)
    assert "&#39;mine.txt&#39;: 3 distinct words, 4 in all" in update[buckets.components.facts]
    assert not update[buckets.components.words].visible
    assert update[buckets.components.drop].visible
    assert "occurrences" in update[buckets.components.table].columns
    own, counted = update[buckets.components.own], update[buckets.components.counted]
    kept = shown_by(buckets, limit=8, own=own, before=counted)
    assert kept[buckets.components.counted].table.source_lengths is counted.table.source_lengths  # not counted again
    *_, back = buckets.english(REQUEST, *PAIR, 2_000, 4, counted, None)
    assert back[buckets.components.own] is None
    assert "per million" in back[buckets.components.table].columns


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "is empty"), (b"   \n", "has no words"), (b"caf\xe9", "offset 3 is 0xe9"), (b"a" * 10_000_001, "10 MB")],
)
def test_a_bad_text_gets_a_sentence_and_changes_nothing(buckets, tmp_path, content, sentence):
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    *_, update = buckets.upload(REQUEST, str(file), *PAIR, 2_000, 4, None, None)
    assert list(update) == [buckets.components.status]
    assert sentence in update[buckets.components.status]


def test_a_cell_clicked_lists_its_words(buckets):
    counted = shown_by(buckets)[buckets.components.counted]
    update = buckets.click("1,1,123", counted)
    assert update[buckets.components.choice] == "1,1"
    assert "of 1 token in gpt2-tokenizer and 1 in clip-tokenizer" in update[buckets.components.note]
    assert "No word falls into bucket" in buckets.click("4,1,123", counted)[buckets.components.note]
    assert buckets.click("nonsense", counted) == {buckets.status: gr.skip()}
    assert buckets.choose(counted, "1,2")[buckets.components.note].endswith("2 in clip-tokenizer.")


def test_words_outside_the_buckets_are_listed_and_coverage_grows_with_the_limit(buckets):
    shown = shown_by(buckets, limit=1)
    update = buckets.choose(shown[buckets.components.counted], "outside")
    assert "outside the buckets: longer than 1 tokens on a side" in update[buckets.components.note]
    assert update[buckets.components.table].iloc[:, 2:].map(lambda cut: " | " in cut).any(axis=1).all()
    shares = shown[buckets.components.shares]
    assert list(dict.fromkeys(shares["L"])) == list(range(1, 9))
    for _, rows in shares.groupby("tokenizer"):
        for column in ("running words (%)", "distinct words (%)"):
            assert rows[column].is_monotonic_increasing
            assert 0 < rows[column].iloc[0] < rows[column].iloc[-1] <= 100
