"""Other kinds of adapters beside a search's own, on tiny models."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import fuse_core.library
from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.kinds.kind import KINDS
from fuse_core.analysis import fidelity
from fuse_core.analysis.adapter_comparison import shared_words
from fuse_core.analysis.fidelity import draw_candidates, measure_context
from fuse_core.analysis.fidelity_report import points, report, words_for
from fuse_core.analysis.fidelity_run import FidelityRun
from fuse_core.analysis.other_adapters import OtherAdapters
from fuse_core.cli.fidelity_command import measure_folder
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

SOURCE, TARGET = PAIR = (tiny_models.CONFIG.source, tiny_models.CONFIG.target)
WORDS = (" object", " animal", " place")


@pytest.fixture(scope="module")
def library() -> Library:
    """What fits see are a few hundred words."""
    held, few = tiny_models.library(), FitOptions(words=1000, examples=400)
    held.once(("corpus", SOURCE, few.words), lambda: english(few.words))
    held.once(("shared words", *PAIR, FitOptions()), lambda: shared_words(held, *PAIR, few))
    return held


def test_scores_at_carried_places_are_those_of_the_gradient_carried_back(term, source, vocabulary):
    """Forward with the map here, backward through its adjoint there."""
    adapter = tiny_models.random_adapter(source, term.model)
    candidates = draw_candidates(vocabulary, 40)
    places = {"map": source.embedding_table[candidates] @ adapter.maps[1, 1][:, :, 0]}
    routes = {"fuse": GradientRoute(term, source.embedding_table, adapter)}
    found = measure_context(term, " a small", candidates, vocabulary.texts, routes, WORDS, places=places)
    assert all(len(term.tokenizer.encode_words([word])[0]) == 1 for word in WORDS)
    np.testing.assert_allclose(found.predicted["map"], found.predicted["fuse"], rtol=1e-4, atol=1e-5)


def test_kinds_are_fitted_and_carry_the_candidates_once_for_all_pictures(library, vocabulary, monkeypatch):
    others = OtherAdapters(library, *PAIR, ("procrustes", "pseudoinverse"))
    assert others.kinds == ("pseudoinverse", "procrustes")  # as the registry has them
    calls = record_calls(monkeypatch, OtherAdapters, "fit")
    candidates = draw_candidates(vocabulary, 30)
    places = others.places(candidates)
    assert others.places(candidates.clone()) is places
    assert len(calls) == 1
    expected = KINDS["procrustes"].fit(shared_words(library, *PAIR, FitOptions()), lambda share, what: None)
    torch.testing.assert_close(places["procrustes"], expected.carry(candidates))
    assert others.places(candidates[:7])["pseudoinverse"].shape == (7, 16)


def test_an_unknown_kind_is_refused(library):
    with pytest.raises(UserError, match=r"'adapters' must be one of pseudoinverse, .*, got 'magic'"):
        OtherAdapters(library, *PAIR, ("magic",))


def test_a_folder_is_measured_with_them_and_the_record_keeps_them(library, tmp_path, monkeypatch):
    """FVT scores tokens by the target's own embeddings of their texts: the target's own order, by another way."""
    monkeypatch.setattr(fuse_core.library, "Library", lambda: library)
    monkeypatch.setattr(fidelity, "CONTEXTS", (" a",))
    tiny_models.picture(0).save(tmp_path / "a.png")
    run, _ = measure_folder(tiny_models.CONFIG, tmp_path, 300, words_for("auto"), ("procrustes", "fvt"))
    told = report(FidelityRun.from_dict(run.as_dict()))
    assert list(told["spearman"])[-3:] == ["procrustes", "fvt", "random"]
    assert told["spearman"]["fvt"] == pytest.approx(told["spearman"]["target"], abs=1e-4)
    assert told["spearman"]["procrustes"] != pytest.approx(told["spearman"]["fuse"], abs=1e-3)
    assert len(points(run)["scores"]["procrustes"]) == 300
