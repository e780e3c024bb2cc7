"""Tokenizers beside the pair: the visitor's own, up to six of them, and what tells the words."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.words.segmenters import SEGMENTERS
from tests.fuse_core import builders
from tests.fuse_core.models.test_known import without
from tests.fuse_core.words.test_comparison import letters
from tests.ui.analyse.test_tokenizers import PAIR, REQUEST, pills
from ui.analyse.tokenizers import bucket_view, split_view
from ui.analyse.tokenizers.bucket_handlers import BucketHandlers
from ui.analyse.tokenizers.own_handlers import BESIDE, OwnHandlers, chosen
from ui.analyse.tokenizers.own_view import build
from ui.analyse.tokenizers.shelf import MOST_OWN, Shelf
from ui.analyse.tokenizers.split_handlers import SplitHandlers
from ui.kit.jobs import JobRunner
from ui.kit.model_menu import label

CHINESE = "我喜欢在公园里散步，今天天气很好。"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return Library(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def owning(library: Library) -> OwnHandlers:
    with gr.Blocks():
        menus = bucket_view.sides(Shelf(library))
        return OwnHandlers(build(library, menus, JobRunner()), library, JobRunner())


@pytest.fixture(scope="module")
def splits(library: Library) -> SplitHandlers:
    with gr.Blocks():
        return SplitHandlers(split_view.results(), library, JobRunner())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(builders.tokenizer("byte-level").backend.to_str(), "utf-8")
    return path


def added(owning: OwnHandlers, file: Path, own: tuple = (), others: list[str] | None = None) -> dict:
    return list(owning.upload(REQUEST, str(file), own, others or []))[-1]


def test_an_uploaded_tokenizer_stands_beside_the_pair_and_in_every_menu_of_its_visitor(owning, splits, library, file):
    update, parts = added(owning, file, others=["minilm"]), owning.components
    (own,) = update[parts.own]
    assert own.key == "own: mine.json"
    assert f"has {own.vocab_size} tokens" in update[parts.status]
    assert update[parts.others].value == ["minilm", "own: mine.json"]
    for menu in (parts.others, parts.rows, parts.columns):
        assert (f"own: mine.json ({own.vocab_size} tokens)", "own: mine.json") in update[menu].choices
        assert "own: mine.json" not in dict(map(reversed, menu.choices))  # nobody else's
    text = "cheetahs unbelievably naïve 🐆 x"
    (*_, shown) = splits.split(REQUEST, *PAIR, text, ["minilm", "own: mine.json"], (own,))
    figures, rows = shown[splits.components.figures], shown[splits.components.rows]
    assert figures["tokenizer"].tolist()[-1] == "own: mine.json"
    counts = [len(library.tokenizer(key).encode(text)) for key in (*PAIR, "minilm")] + [len(own.encode(text))]
    assert figures["tokens"].tolist() == counts
    assert figures["characters a token"].tolist() == [round(len(text) / count, 2) for count in counts]
    names = [*PAIR, "minilm", "own: mine.json"]
    shown_as = [f"source: {PAIR[0]}", f"target: {PAIR[1]}", *names[2:]]
    assert rows.columns.tolist()[2:] == [*shown_as, *(f"ids: {name}" for name in names)]
    assert [int(token) for cell in rows.iloc[:, -1] for token in cell.split()] == own.encode(text)
    assert len(pills(shown[splits.components.others])) == sum(counts[2:])
    source = library.tokenizer(PAIR[0]).split(text)
    cuts = [[[token.strip() for token in word.tokens] for word in split] for split in (source, own.split(text))]
    assert figures.iloc[-1]["words cut differently from the source"] == sum(a != b for a, b in zip(*cuts, strict=True))


def test_any_two_tokenizers_make_a_bucket_table(owning, library, tmp_path, file):
    (first,) = added(owning, file)[owning.components.own]
    other = tmp_path / "other.json"
    other.write_text(builders.tokenizer("wordpiece").backend.to_str(), "utf-8")
    own = added(owning, other, (first,))[owning.components.own]
    with gr.Blocks():
        handlers = BucketHandlers(bucket_view.results(gr.Slider(), gr.Button()), library, JobRunner())
    asked = (REQUEST, *PAIR, 1_000, 8, None, None, None)
    (*_, shown) = handlers.show(*asked, "own: mine.json", "own: other.json", own)
    counted = shown[handlers.components.counted]
    assert counted.pair == ("own: mine.json", "own: other.json")
    words = counted.table.words
    assert counted.table.source_lengths.tolist() == [len(ids) for ids in first.encode_words(words)]
    assert shown[handlers.components.heatmap].layout.yaxis.title.text == "i: tokens in own: mine.json"
    (*_, without) = handlers.show(*asked, "own: mine.json", "own: other.json", ())  # another visitor
    assert "There is no model" in without[handlers.status]
    assert [chosen(name, PAIR) for name in ("source", "target", "minilm")] == [*PAIR, "minilm"]


def test_a_text_without_white_space_is_told_to_fall_outside(library, tmp_path):
    with gr.Blocks():
        handlers = BucketHandlers(bucket_view.results(gr.Slider(), gr.Button()), library, JobRunner())
    (tmp_path / "zh.txt").write_text(CHINESE, "utf-8")
    (*_, shown) = handlers.upload(REQUEST, str(tmp_path / "zh.txt"), *PAIR, 1_000, 4, None, None)
    assert "0 in the buckets, 1 outside" in shown[handlers.components.facts]
    assert "puts no white space between words" in shown[handlers.components.facts]


def test_no_more_than_a_few_are_held_and_shown(owning, tmp_path, file):
    beside = ["smollm2", "minilm", "gpt2-tokenizer", "clip-tokenizer"][:BESIDE]
    update = added(owning, file, others=beside)
    assert update[owning.components.others].value == beside
    assert "take one away" in update[owning.status]
    own = update[owning.components.own]
    assert len(added(owning, file, own)[owning.components.own]) == 1  # the same again takes its place
    for k in range(1, MOST_OWN):
        copy = tmp_path / f"{k}.json"
        copy.write_bytes(file.read_bytes())
        own = added(owning, copy, own)[owning.components.own]
    refused = added(owning, file.rename(tmp_path / "more.json"), own)
    assert list(refused) == [owning.status]
    assert "4 tokenizers of your own are held already" in refused[owning.status]


@pytest.mark.parametrize("name", ["", "gpt2", "../../etc/passwd", "a/b/c", "tests/ui", "https://x/y", "<b>/x"])
def test_only_a_repository_of_a_hub_can_be_named(owning, name):
    (*_, update) = owning.fetch(REQUEST, name, (), [])
    assert list(update) == [owning.status]
    assert "is no repository of a hub" in update[owning.status]


def test_a_bad_file_gets_a_sentence_and_changes_nothing(owning, tmp_path):
    bad = tmp_path / "<b>.json"
    bad.write_text("{}")
    update = added(owning, bad)
    assert list(update) == [owning.status]
    assert "&#39;&lt;b&gt;.json&#39; is JSON, but no tokenizer" in update[owning.status]


def test_what_fuses_unit_means_without_white_space_is_said_in_figures(splits, monkeypatch):
    (*_, shown) = splits.split(REQUEST, *PAIR, CHINESE)
    assert "here 1 word, of up to 41 tokens; through 0% of them" in shown[splits.status]
    assert shown[splits.components.figures].iloc[0, -2] == 0
    monkeypatch.setitem(vars(SEGMENTERS["icu"]), "spans", letters)
    monkeypatch.setitem(vars(SEGMENTERS["icu"]), "package", None)
    (*_, shown) = splits.split(REQUEST, *PAIR, CHINESE, (), (), "icu")
    assert f"dictionaries: {len(CHINESE)} words; through 100% of them" in shown[splits.status].replace("&#39;", "'")
    assert shown[splits.components.rows]["word"].tolist() == list(CHINESE)
    (*_, shown) = splits.split(REQUEST, *PAIR, "cheetahs sit")
    assert shown[splits.status] == ""


def test_a_segmenter_that_is_not_installed_says_so(splits, monkeypatch):
    monkeypatch.setitem(vars(SEGMENTERS["icu"]), "package", "nowhere_at_all")
    (*_, shown) = splits.split(REQUEST, *PAIR, CHINESE, (), (), "icu")
    assert list(shown) == [splits.status]
    assert "which is not installed" in shown[splits.status]


def test_menus_mark_what_is_not_here(monkeypatch):
    known = catalog.entry("tekken-tokenizer")
    without(monkeypatch, "mistral_common")
    assert label(known) == "Mistral's Tekken (byte-level BPE, no model) · not installed"
    assert label(catalog.entry("gpt2-tokenizer")) == "GPT-2's tokenizer (byte-level BPE, no model)"
