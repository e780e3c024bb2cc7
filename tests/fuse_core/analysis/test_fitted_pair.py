"""Both adapters of a pair, with tiny models."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from fuse_core.adapter.fit import FitOptions, default_ridge
from fuse_core.analysis import fitted_pair
from fuse_core.analysis.fitted_pair import BUCKETINGS, FittedPair, is_fitted, pair_options
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled
from fuse_core.library import Library
from fuse_core.words.corpus import Corpus, english
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

SOURCE, TARGET = tiny_models.CONFIG.source, tiny_models.CONFIG.target


def small(bucketing) -> FitOptions:
    return FitOptions(bucketing, default_ridge(bucketing), max_tokens=2, examples=200, words=1000)


@cache
def words() -> Corpus:
    """English's most frequent words: the source's own vocabulary would take seconds to decode."""
    return english(1000)


def tiny(folder: Path) -> Library:
    """Tiny models, no adapter yet."""
    library = tiny_models.library(folder, adapters=False)
    library.once(("corpus", SOURCE, 1000), words)
    return library


@pytest.fixture(autouse=True)
def _small_fits(monkeypatch):
    monkeypatch.setattr(fitted_pair, "pair_options", small)


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> FittedPair:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitted_pair, "pair_options", small)
        return FittedPair(tiny(tmp_path_factory.mktemp("cache")), SOURCE, TARGET)


def test_the_usual_options_are_the_defaults():
    assert pair_options("pair") == FitOptions()
    assert pair_options("target") == FitOptions(bucketing="target", ridge=0.0)


def test_a_pair_counts_as_fitted_once_both_adapters_are_there(tmp_path):
    library = tiny(tmp_path)
    assert not is_fitted(library, SOURCE, TARGET)
    library.adapter(SOURCE, TARGET, small("pair"))
    assert not is_fitted(library, SOURCE, TARGET)
    FittedPair(library, SOURCE, TARGET)
    assert is_fitted(library, SOURCE, TARGET)
    # From memory where the cache folder lost them, and from the folder in another process.
    assert is_fitted(tiny(tmp_path), SOURCE, TARGET)
    for path in (tmp_path / "adapters").iterdir():
        shutil.rmtree(path)
    assert is_fitted(library, SOURCE, TARGET)
    assert not is_fitted(tiny(tmp_path), SOURCE, TARGET)


def test_a_tokenizer_without_a_model_has_no_adapters(tmp_path):
    for keys in (("gpt2-tokenizer", "minilm"), ("minilm", "clip-tokenizer")):
        with pytest.raises(UserError, match="tokenizer without embeddings"):
            is_fitted(Library(tmp_path), *keys)


def test_progress_goes_from_nothing_to_nearly_done_over_both_fits(tmp_path):
    calls = []
    library = tiny(tmp_path)
    FittedPair(library, SOURCE, TARGET, lambda share, what: calls.append((share, what)))
    shares = [share for share, _ in calls]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.8 < shares[-1] < 1
    assert calls[0][1].startswith("pair map: fitting bucket 1 of ")
    assert calls[-1][1].startswith("target map: fitting bucket 2 of 2")


def test_a_cancelled_fit_leaves_nothing(tmp_path):
    library = tiny(tmp_path)

    def cancel(share: float, what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        FittedPair(library, SOURCE, TARGET, cancel)
    assert not is_fitted(library, SOURCE, TARGET)


@pytest.mark.parametrize("bucketing", BUCKETINGS)
def test_answers_are_about_the_adapter_asked_and_computed_once(pair, bucketing, monkeypatch):
    analyses = record_calls(monkeypatch, fitted_pair, "analyse_bucket")
    adapter = pair.adapters[bucketing]
    for report in adapter.reports:
        bucket = (report.i, report.j)
        found = pair.bucket(bucketing, bucket)
        assert found.words == report.words - report.heldout_words
        assert pair.bucket(bucketing, bucket) is found
        best, worst = pair.extreme_words(bucketing, bucket, 3)
        assert best[0].error <= best[-1].error <= worst[-1].error <= worst[0].error
    assert len(analyses) == len(adapter.reports)
    assert [r.bucket for r in pair.retrieval(bucketing)] == sorted(adapter.maps)
    best, worst = pair.extreme_words(bucketing, None, 3)
    assert best[0].error == min(pair.extreme_words(bucketing, key, 3)[0][0].error for key in adapter.maps)
    assert len(worst) == 3
    assert len(pair.map_word(bucketing, "cat").slots) == 1


def test_sizes_are_those_of_the_adapters_at_their_length(pair):
    for bucketing, sizes in pair.sizes(3).items():
        maps = pair.adapters[bucketing].maps
        largest = max(maps.values(), key=lambda m: m.numel())
        missing = (4 if bucketing == "pair" else 2) - len(maps)  # buckets of too few words
        assert len(sizes) == 3
        assert sizes[1] - missing * largest.numel() * 4 <= pair.adapters[bucketing].bytes <= sizes[1]


@pytest.mark.parametrize("bucketing", BUCKETINGS)
def test_a_word_knows_its_row_in_the_fit(pair, bucketing):
    rows = next(iter(pair.rows(bucketing).values()))
    for row in (next(r for r in rows if r.heldout), next(r for r in rows if not r.heldout)):
        assert pair.row_of(bucketing, pair.map_word(bucketing, row.word)) == row
    assert pair.row_of(bucketing, pair.map_word(bucketing, "kitten")) is None
