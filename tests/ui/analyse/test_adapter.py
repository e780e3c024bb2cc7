"""The Adapter view's handlers, on a tiny pair: looking, fitting, another map, a bucket, words, retrieval."""

from __future__ import annotations

import dataclasses
import functools
import json
import time
from collections.abc import Iterator

import gradio as gr
import pytest

from fuse_core.adapter.fit import FitOptions, default_ridge
from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis import adapter_comparison, carried_order, fitted_pair
from fuse_core.library import Library
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from ui.analyse.adapter import bucket_handlers, kind_handlers, pair_handlers, word_handlers
from ui.analyse.adapter.bucket_handlers import EVERY, BucketHandlers, most_telling
from ui.analyse.adapter.kind_handlers import KINDS_JOB, KindHandlers
from ui.analyse.adapter.pair_handlers import PairHandlers
from ui.analyse.adapter.view import layout
from ui.analyse.adapter.word_handlers import RetrievalHandlers, WordHandlers
from ui.kit.jobs import JobRunner

REQUEST = gr.Request(session_hash="a visit")
PAIR = (tiny_models.CONFIG.source, tiny_models.CONFIG.target)


class Views:
    """The handlers of one library."""

    def __init__(self, library: Library) -> None:
        with gr.Blocks():
            parts = layout()
        self.runner = JobRunner()
        self.pair = PairHandlers(parts.pair, library, self.runner)
        self.bucket = BucketHandlers(parts.bucket, library, self.runner)
        self.word = WordHandlers(parts.word, library, self.runner)
        self.retrieval = RetrievalHandlers(parts.retrieval, library, self.runner)
        self.kinds = KindHandlers(parts.kinds.components, library, self.runner)


def tiny(folder) -> Library:
    library = tiny_models.library(folder, adapters=False)
    library.once(("corpus", PAIR[0], 1000), lambda: english(1000))
    library.once(("token features", PAIR[0]), lambda: library.causal(PAIR[0]).embedding_table.square())
    return library


@pytest.fixture(autouse=True, scope="module")
def _small_fits() -> Iterator[None]:
    def small(bucketing) -> FitOptions:
        return FitOptions(bucketing, default_ridge(bucketing), max_tokens=2, examples=200, words=1000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitted_pair, "pair_options", small)
        yield


@pytest.fixture(scope="module")
def unfitted(tmp_path_factory) -> Views:
    return Views(tiny(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def views(tmp_path_factory) -> Views:
    library = tiny(tmp_path_factory.mktemp("cache"))
    fitted_pair.FittedPair(library, *PAIR)
    return Views(library)


def messages(handlers, updates: list[dict]) -> str:
    return " | ".join(str(update.get(handlers.status, "")) for update in updates)


def test_a_fitted_pair_is_shown_at_once(views):
    handlers = views.pair
    updates = list(handlers.look(REQUEST, *PAIR, None))
    assert "Looking for the adapters" in messages(handlers, updates[:1])
    assert "both maps are fitted" in updates[-1][handlers.status]
    assert updates[-1][handlers.components.shown] == PAIR
    assert set(updates[-1]) == set(vars(handlers.components).values())
    assert list(handlers.look(REQUEST, *PAIR, PAIR)) == [{handlers.status: gr.skip()}]


def test_any_other_pair_is_told_what_fit_would_do(unfitted, notices):
    handlers = unfitted.pair
    *_, update = handlers.look(REQUEST, *PAIR, None)
    assert "No adapters of" in update[handlers.status]
    assert update[handlers.components.shown] is None
    *_, update = handlers.look(REQUEST, "gpt2-tokenizer", PAIR[1], None)
    assert "is a tokenizer without embeddings" in update[handlers.status]
    assert not notices


def test_a_fit_shows_progress_and_a_cancelled_one_leaves_what_is_shown(unfitted):
    handlers = unfitted.pair
    fit = handlers.fit(REQUEST, *PAIR)
    next(fit)
    unfitted.runner.cancel(bucket_handlers.JOB, word_handlers.RETRIEVAL)(REQUEST)  # other jobs' buttons
    assert "pair map: fitting bucket" in messages(handlers, [next(fit)])
    unfitted.runner.cancel(pair_handlers.FIT)(REQUEST)
    *_, update = fit
    assert list(update) == [handlers.status]
    assert "Cancelled" in update[handlers.status]


def test_a_change_of_map_shows_progress_its_buckets_and_the_most_telling_of_them(views):
    handlers = views.bucket
    updates = list(handlers.choose_map(REQUEST, PAIR, "target", "1,1", "this bucket"))
    assert "target map: sorting the words of the fit" in messages(handlers, updates)
    assert "target (any, 2): summing the products" in messages(handlers, updates)
    (chosen,) = (update[handlers.components.chosen] for update in updates if handlers.components.chosen in update)
    assert chosen.value == "0,2"
    assert [value for _, value in chosen.choices] == ["0,1", "0,2"]
    assert "**target (any, 2)**: fitted on" in updates[-1][handlers.components.facts]
    assert len(updates[-1][handlers.components.best])


def test_a_map_opens_with_a_bucket_where_the_t_product_is_more_than_the_plain_one():
    assert most_telling({(1, 1): 900, (2, 2): 300, (2, 3): 2, (3, 2): 50}) == (2, 3)
    assert most_telling({(1, 1): 900, (2, 2): 300, (1, 2): 20, (3, 2): 50}) == (3, 2)
    assert most_telling({(1, 1): 900, (2, 2): 300}) == (2, 2)
    assert most_telling({(1, 1): 900}) == (1, 1)
    assert most_telling({(0, 1): 900, (0, 2): 300, (0, 3): 20}) == (0, 2)


@pytest.mark.parametrize("pair", [(PAIR[0], PAIR[0]), ("minilm", "minilm-centred")])
def test_a_model_and_itself_are_one_sentence_and_no_figures(unfitted, notices, pair):
    handlers = unfitted.pair
    *_, update = handlers.look(REQUEST, *pair, None)
    assert "every word is mapped to itself, so there is nothing to fit or compare" in update[handlers.status]
    assert update[handlers.components.shown] is None
    assert not notices
    *_, update = handlers.fit(REQUEST, *pair)
    assert "nothing to fit or compare" in update[handlers.status]
    assert list(update) == [handlers.status]


def test_a_bucket_analysed_before_is_at_hand_and_other_words_are_a_choice(views):
    handlers = views.bucket
    *_, first = handlers.choose_bucket(REQUEST, PAIR, "pair", "1,1", "this bucket")
    *_, again = handlers.choose_bucket(REQUEST, PAIR, "pair", "1,1", "this bucket")
    assert first[handlers.components.facts] == again[handlers.components.facts]
    *_, words = handlers.choose_scope(REQUEST, PAIR, "pair", "1,1", EVERY)
    assert set(words) == {handlers.status, handlers.components.best, handlers.components.worst}
    assert len(words[handlers.components.best]) >= len(first[handlers.components.best])


def test_a_cancelled_analysis_leaves_the_bucket_shown(views):
    handlers = views.bucket
    analysis = handlers.choose_map(REQUEST, PAIR, "pair", None, "this bucket")
    next(analysis)
    views.runner.cancel(bucket_handlers.JOB)(REQUEST)
    *_, update = analysis
    assert list(update) == [handlers.status]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("", "There is no word yet"),
        ("two words", "has 2 words"),
        ("antidisestablishmentarianism", "maps words of 2 at most"),
        ("<b>x</b>" * 9, "&lt;b&gt;x"),
    ],
)
def test_a_word_that_cannot_be_mapped_gets_a_line_and_no_notice(views, notices, word, sentence):
    handlers = views.word
    *_, update = handlers.map_word(REQUEST, PAIR, "pair", word)
    assert sentence in update[handlers.status]
    assert not update[handlers.components.near].visible
    assert not notices


def test_a_word_is_mapped(views):
    handlers = views.word
    *_, update = handlers.map_word(REQUEST, PAIR, "pair", "people")
    assert "bucket (1, 1), a" in update[handlers.status]
    assert update[handlers.components.near].visible


def test_retrieval_is_measured_on_both_maps(views):
    handlers = views.retrieval
    updates = list(handlers.measure(REQUEST, PAIR))
    assert "target map: looking up words" in messages(handlers, updates)
    assert set(updates[-1][handlers.components.table]["map"]) == {"pair", "target"}
    assert not handlers.clear()[handlers.components.results].visible


@pytest.fixture
def small_comparison(monkeypatch, views):
    for module in (adapter_comparison, carried_order):
        monkeypatch.setattr(module, "CONTEXTS", ("",))
    monkeypatch.setattr(adapter_comparison, "CANDIDATES", 20)
    monkeypatch.setattr(adapter_comparison, "HELDOUT", 20)
    corpus = fitted_pair.pair_options("pair")
    compare = adapter_comparison.compare_adapters
    small = functools.partial(compare, options=dataclasses.replace(corpus, examples=400))
    monkeypatch.setattr(kind_handlers, "compare_adapters", small)
    monkeypatch.setattr(kind_handlers, "EXAMPLES", kind_handlers.EXAMPLES[:2])


def test_adapters_are_compared_once_a_pair(views, small_comparison):
    handlers, parts = views.kinds, views.kinds.components
    updates = list(handlers.compare(REQUEST, PAIR))
    assert "trained: training: iteration 0" in messages(handlers, updates)
    table = updates[-1][parts.table]
    assert list(table["adapter"]) == [kind.label for kind in KINDS.values()]
    assert {"held-out error", "nearest, %", "share, held-out", "seconds", "MB"} < set(table.columns)
    assert "trained to convergence by gradient descent **" in updates[-1][parts.summary]
    traces = json.loads(updates[-1][parts.shares].value["plot"])["data"]
    assert [len(trace["y"]) for trace in traces] == [len(table)] * 2
    again = list(handlers.compare(REQUEST, PAIR))
    assert len(again) == 1
    assert again[0][parts.table].equals(table)
    assert not handlers.clear()[parts.results].visible


def test_a_target_without_pictures_is_compared_by_words_alone(views, small_comparison):
    parts = views.kinds.components
    *_, update = views.kinds.compare(REQUEST, (PAIR[0], "roberta-sentiment"))
    assert "reads no pictures, so there is no gradient" in update[parts.summary]
    assert not update[parts.shares].visible
    assert not any(column.startswith("share") for column in update[parts.table].columns)


def test_a_cancelled_comparison_leaves_what_is_shown(views, monkeypatch):
    def endless(*arguments, progress) -> None:
        while True:
            progress(0.5, "Fitting")
            time.sleep(0.01)

    monkeypatch.setattr(kind_handlers, "compare_adapters", endless)
    work = views.kinds.compare(REQUEST, ("another", "pair"))
    assert "Fitting" in messages(views.kinds, [next(work)])
    views.runner.cancel(KINDS_JOB)(REQUEST)
    rest = list(work)
    assert "Cancelled" in messages(views.kinds, rest)
    assert all(set(update) == {views.kinds.status} for update in rest)


def test_nothing_happens_while_no_pair_is_shown(views):
    for handlers, updates in (
        (views.bucket, views.bucket.choose_map(REQUEST, None, "pair", None, EVERY)),
        (views.bucket, views.bucket.choose_bucket(REQUEST, None, "pair", None, EVERY)),
        (views.bucket, views.bucket.choose_scope(REQUEST, PAIR, "pair", None, EVERY)),
        (views.word, views.word.map_word(REQUEST, None, "pair", "people")),
        (views.retrieval, views.retrieval.measure(REQUEST, None)),
        (views.kinds, views.kinds.compare(REQUEST, None)),
    ):
        assert list(updates) == [{handlers.status: gr.skip()}]
