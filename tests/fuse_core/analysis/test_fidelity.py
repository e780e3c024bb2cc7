"""What is measured of a carried gradient, on tiny models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fuse_core.analysis.fidelity import EncodedTexts, draw_candidates, measure_context
from fuse_core.analysis.fidelity_probe import FidelityProbe
from fuse_core.common.errors import UserError
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.gradient_scores import append_scores
from fuse_core.words.text_means import text_means
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

WORDS = (" object", " animal", " place")


@pytest.fixture(scope="module")
def routes(source, term):
    table = text_means(term.tokenizer, term.model.embedding_table, source.tokenizer.token_texts)
    adapter = tiny_models.random_adapter(source, term.model)
    return {
        "fuse": GradientRoute(term, source.embedding_table, adapter),
        "target": GradientRoute(term, table),
    }


def test_candidates_begin_words_and_depend_on_the_seed_alone(vocabulary):
    drawn = draw_candidates(vocabulary, 300)
    assert len(set(drawn.tolist())) == 300
    assert bool((vocabulary.allowed & vocabulary.starts_word)[drawn].all())
    assert torch.equal(drawn, draw_candidates(vocabulary, 300))
    assert not torch.equal(drawn, draw_candidates(vocabulary, 300, seed=1))
    pool = int((vocabulary.allowed & vocabulary.starts_word).sum())
    assert len(draw_candidates(vocabulary, 10**6)) == pool


def test_scores_and_losses_are_those_of_the_search(term, routes, vocabulary):
    candidates = draw_candidates(vocabulary, 40)
    found = measure_context(term, " a small", candidates, vocabulary.texts, routes, WORDS)
    assert found.tokens == tuple(vocabulary.texts[k] for k in candidates.tolist())
    expected = term.losses([" a small" + token for token in found.tokens])
    torch.testing.assert_close(torch.from_numpy(found.losses).float(), expected)
    for name, route in routes.items():
        scores = torch.from_numpy(found.scores(WORDS)[name]).float()
        torch.testing.assert_close(
            scores, append_scores(route, [" a small"], WORDS)[0][candidates], atol=2e-4, rtol=1e-4
        )
    assert found.predicted["random"].shape == (3, 40)


def test_the_gradients_are_taken_once_for_all_routes(term, routes, vocabulary, monkeypatch):
    calls = record_calls(monkeypatch, term.model, "encode_embeddings")
    measure_context(term, "", draw_candidates(vocabulary, 40), vocabulary.texts, routes, WORDS)
    assert [len(sequences) for (sequences,) in calls] == [40, 3]  # the candidates' losses, then one batch of gradients


def test_a_texts_encoding_serves_every_picture(term, routes, vocabulary, monkeypatch):
    other = ImageTerm(term.model, -term.image, weight=term.weight, prefix=term.prefix)
    candidates, encoded = draw_candidates(vocabulary, 40), EncodedTexts()
    calls = record_calls(monkeypatch, term.model, "encode_ids")
    first, second, elsewhere = (
        measure_context(of, context, candidates, vocabulary.texts, routes, WORDS, encoded)
        for of, context in ((term, " a"), (other, " a"), (term, " the"))
    )
    assert [len(batch) for (batch,) in calls] == [40, 40]
    np.testing.assert_allclose(second.losses, 2 - first.losses, atol=1e-6)  # the opposite of the picture's vector
    alone = measure_context(term, " the", candidates, vocabulary.texts, routes, WORDS)
    np.testing.assert_array_equal(elsewhere.losses, alone.losses)


def test_a_context_too_long_is_refused_before_any_text_is_built(term, routes, vocabulary, monkeypatch):
    calls = record_calls(monkeypatch, type(term), "read")
    candidates = draw_candidates(vocabulary, 4)
    for context, message in (
        (" a" * 500_000, "'context' has 1,000,000 characters"),
        (" a" * 900, "906 tokens, more than"),
    ):
        with pytest.raises(UserError, match=message):
            measure_context(term, context, candidates, vocabulary.texts, routes)
    assert not calls


def test_a_word_of_ones_own_out_of_the_adapters_reach_is_refused_before_anything_is_scored(
    term, routes, vocabulary, monkeypatch
):
    probe = FidelityProbe(term, vocabulary, routes, EncodedTexts())
    calls = record_calls(monkeypatch, term.model, "encode_ids")
    with pytest.raises(UserError, match=r"No gradient is carried at 'antidisestablishmentarianism': it has \d+ tokens"):
        probe.measure("", 40, (*WORDS, " antidisestablishmentarianism"))
    assert not calls


def test_a_known_word_out_of_reach_has_no_correlation(term, routes, vocabulary):
    adapter = routes["fuse"].adapter
    beyond = replace(adapter, maps={key: m for key, m in adapter.maps.items() if key != (1, 1)})
    out_of_reach = {"fuse": replace(routes["fuse"], adapter=beyond), "target": routes["target"]}
    found = measure_context(term, "", draw_candidates(vocabulary, 40), vocabulary.texts, out_of_reach, (" object",))
    assert len(term.tokenizer.encode_words(["object"])[0]) == 1
    assert np.isnan(found.spearman((" object",))["fuse"])
