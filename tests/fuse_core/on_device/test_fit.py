"""Fits, maps and all kinds of adapters on a device: what the processor finds, to rounding."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.fit import FitOptions, VocabularySide, fit_adapter
from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.adapter.transport import transport
from fuse_core.analysis.bucket_analysis import analyse_bucket
from fuse_core.analysis.landing import landing
from fuse_core.analysis.retrieval import TokenSearch
from fuse_core.analysis.word_errors import word_errors
from fuse_core.models.conse import class_means, ridge_map
from fuse_core.synthetic.pair import principal_table
from fuse_core.tensor import precision
from fuse_core.tensor.gram import gram_pinv
from fuse_core.words.corpus import Corpus
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import pieces, synthetic_pair
from tests.fuse_core.dense import normal
from tests.fuse_core.on_device.shadow_device import DEVICE, shadow_device


def moved(side: VocabularySide) -> VocabularySide:
    return replace(side, table=side.table.to(DEVICE))


@pytest.mark.parametrize("options", [FitOptions(), FitOptions(bucketing="target", ridge=0.0)], ids=["pair", "target"])
def test_a_fit_is_that_of_the_processor_and_stays_there(options):
    pair = synthetic_pair(torch.float32, words=40)
    expected = fit_adapter(pair.source, pair.target, pair.corpus, options)
    with shadow_device():
        fitted = fit_adapter(moved(pair.source), moved(pair.target), pair.corpus, options)
        assert fitted.device == DEVICE
        maps = fitted.to("cpu").maps
    assert fitted.info == expected.info
    assert maps.keys() == expected.maps.keys()
    for key, m in expected.maps.items():
        torch.testing.assert_close(maps[key], m, rtol=1e-4, atol=1e-5)
    for one, other in zip(fitted.reports, expected.reports, strict=True):
        assert one.heldout_error == pytest.approx(other.heldout_error, rel=1e-3, abs=1e-6, nan_ok=True)
        assert one.ridge == pytest.approx(other.ridge, rel=1e-6)


@pytest.mark.parametrize("of_maps", ["cpu", DEVICE.type])
def test_gradients_go_to_the_maps_and_back(of_maps):
    """On a GPU without float64 maps are beside the processor, where they were fitted."""
    pair = synthetic_pair(torch.float32)
    adapter = fit_adapter(pair.source, pair.target, pair.corpus)
    lengths, x, y = [(1, 1), (2, 2), (1, 1)], normal(4, 4, seed=3).float(), normal(4, 3, seed=4).float()

    def gradient(adapter: Adapter, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        x = x.clone().requires_grad_()
        (found,) = torch.autograd.grad(transport(x, y, adapter, lengths).square().sum(), x)
        return found

    expected = gradient(adapter, x, y)
    with shadow_device(float64=False):
        found = gradient(adapter.to(of_maps), x.to(DEVICE), y.to(DEVICE))
        assert found.device == DEVICE
        torch.testing.assert_close(found.cpu(), expected)
        words = adapter.to(of_maps).map_words(x.T[None, :, :1].to(DEVICE), 1)
        assert words is not None
        assert words.device == DEVICE


def shared_words(here: bool) -> SharedWords:
    words = tuple(a + b for a in "abcdefghij" for b in "klmnopqrst")
    tokenizer = pieces(words, 2)
    tables = (normal(tokenizer.vocab_size, d, seed=d).float() for d in (6, 4))
    sides = [VocabularySide(tokenizer, table.to(DEVICE) if here else table) for table in tables]
    corpus = Corpus("all", words, tuple(1.0 for _ in words))
    return SharedWords.of(*sides, corpus, corpus, 1000, lambda progress: sides[0].table)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_adapter_carries_tokens_as_on_the_processor(name):
    def carried(shared: SharedWords) -> torch.Tensor:
        with torch.no_grad():
            carrier = KINDS[name].fit(shared, lambda share, what: None)
            return carrier.places(torch.arange(50), lambda share, what: None)

    with shadow_device():
        found = carried(shared_words(True)).cpu()
    torch.testing.assert_close(found, carried(shared_words(False)), rtol=1e-3, atol=1e-4)


def test_what_is_measured_of_a_fit_is_that_of_the_processor():
    def measured(shared: SharedWords) -> list:
        with torch.no_grad():
            tables, rows = (shared.source.table, shared.target.table), list(shared.rows)
            analysis = analyse_bucket(*tables, rows, (1, 1), False, None)
            m = KINDS["pseudoinverse"].fit(shared, lambda share, what: None).places(torch.arange(9), lambda *_: None)
            ids = torch.arange(9, device=tables[1].device)
            landed = landing(m, ids, tables[1], shared.y.mean(0), TokenSearch(tables[1]))
            errors = word_errors(*tables, normal(6, 4, 1, seed=9).float().to(tables[0].device), (1, 1), rows)
            return [[w.error for w in errors], landed.error, *analysis.curve.heldout, *analysis.curve.estimate]

    with shadow_device():
        found = measured(shared_words(True))
    expected = measured(shared_words(False))
    assert found[0] == pytest.approx(expected[0], rel=1e-4)
    assert found[1:] == pytest.approx(expected[1:], rel=1e-4)


def test_what_needs_float64_is_done_by_the_processor_where_a_device_has_none(monkeypatch):
    monkeypatch.setattr(precision, "WITHOUT_FLOAT64", {DEVICE.type})
    rows, texts = normal(40, 5, seed=1).float(), normal(3, 4, seed=2).float()
    classifier = tiny_models.classifier()
    with shadow_device(float64=False):
        there = gram_pinv(rows.to(DEVICE))
        # A classifier is loaded on the processor, and beside an encoder that has moved already.
        solved = ridge_map(classifier.weight, class_means(classifier, texts[[0, 0, 1, 2, 2]].to(DEVICE)))
        assert there.device == solved.device == DEVICE
        torch.testing.assert_close(there.cpu(), gram_pinv(rows))
        torch.testing.assert_close(
            solved.cpu(), ridge_map(classifier.weight, class_means(classifier, texts[[0, 0, 1, 2, 2]]))
        )


def test_a_principal_table_is_made_on_a_device():
    table = normal(40, 6, seed=1).float()
    with shadow_device():
        torch.testing.assert_close(principal_table(table.to(DEVICE), 3).cpu(), principal_table(table, 3))
