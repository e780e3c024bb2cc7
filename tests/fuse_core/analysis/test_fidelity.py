"""Fidelity of carried gradients: ranks, recall, and what is measured on tiny models."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from fuse_core.analysis.fidelity import (
    FIDELITY_PROBE_WORDS,
    ContextFidelity,
    EncodedTexts,
    draw_candidates,
    measure_context,
    recall,
    spearman,
)
from fuse_core.analysis.fidelity_report import choose, points, report, spearman_by_word, summarise, words_for
from fuse_core.common.errors import UserError
from fuse_core.objective.objective import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute, target_token_table
from fuse_core.search.gradient_scores import append_scores
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

WORDS = (" object", " animal", " place")


def test_spearman_is_scipys():
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=50), draw.integers(0, 9, size=50).astype(float)
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert spearman(a, a**3) == pytest.approx(1.0)
    assert spearman(a, -a) == pytest.approx(-1.0)
    assert np.isnan(spearman(a, np.zeros(50)))


def test_recall_counts_the_true_best_among_the_predicted_best():
    gain = np.arange(10.0)
    assert recall(gain, gain, best=3, within=3) == 1.0
    assert recall(-gain, gain, best=3, within=3) == 0.0
    assert recall(-gain, gain, best=3, within=10) == 1.0
    predicted = gain.copy()
    predicted[9] = -1  # the best of all is predicted last
    assert recall(predicted, gain, best=2, within=5) == 0.5


def context(fuse: list[list[float]], native: list[list[float]], losses: list[float]) -> ContextFidelity:
    predicted = {"fuse": np.array(fuse), "native": np.array(native)}
    return ContextFidelity("", tuple("abcd"), np.array(losses), (" one", " two"), predicted)


RIGHT, WRONG, SWAPPED = [4.0, 3, 2, 1], [1.0, 2, 3, 4], [3.0, 4, 2, 1]


def test_the_best_linearisation_word_is_the_one_that_serves_fuse_best():
    results = [
        context([WRONG, RIGHT], [RIGHT, RIGHT], [1, 2, 3, 4]),
        context([RIGHT, SWAPPED], [RIGHT] * 2, [1, 2, 3, 4]),
    ]
    assert choose(results) == (" two",)
    assert choose(results, " one") == choose(results, "one") == (" one",)
    with pytest.raises(UserError, match="not taken at 'three'"):
        choose(results, " three")
    table = spearman_by_word(results)
    assert table[" one"] == {"fuse": pytest.approx(0.0), "native": pytest.approx(1.0)}
    assert table[" two"]["fuse"] == pytest.approx(0.9)


def test_a_word_asked_for_is_measured_besides_the_known_ones():
    assert words_for("auto") == words_for("mean") == words_for("tool") == FIDELITY_PROBE_WORDS
    assert words_for("spoon ") == (*FIDELITY_PROBE_WORDS, " spoon")
    for wrong in ("", "two words"):
        with pytest.raises(UserError, match="must be one word"):
            words_for(wrong)
    with pytest.raises(UserError, match="'linearisation word' has 1,000,000 characters; 100 is the most"):
        words_for("a" * 1_000_000)


def test_the_mean_is_over_the_words_of_a_search():
    result = ContextFidelity("", ("a",), np.zeros(1), (*PROBE_WORDS, " tool"), {"fuse": np.arange(9.0)[:, None]})
    assert choose([result], "mean") == PROBE_WORDS
    assert result.scores(PROBE_WORDS)["fuse"] == pytest.approx([3.5])


def test_the_summary_has_mean_spread_and_the_share_of_native():
    results = [context([RIGHT] * 2, [RIGHT] * 2, [1, 2, 3, 4]), context([SWAPPED] * 2, [RIGHT] * 2, [1, 2, 3, 4])]
    summary = summarise(results, (" one",))
    assert summary["spearman"]["fuse"] == {"mean": pytest.approx(0.9), "std": pytest.approx(0.1)}
    assert summary["share"]["fuse"]["mean"] == pytest.approx(0.9)
    assert summary["share"]["native"] == {"mean": 1.0, "std": 0.0}


def test_the_report_is_plain_values():
    results = [context([RIGHT, WRONG], [RIGHT] * 2, [1, 2, 3, 4]), context([SWAPPED, RIGHT], [RIGHT] * 2, [1, 2, 3, 4])]
    found = report(results, ["x.jpg", "y.jpg"], within=2)
    assert json.loads(json.dumps(found)) == found
    assert (found["linearised_at"], found["candidates"], found["within"]) == ([" one"], 4, 2)
    assert found["spearman"]["fuse"] == pytest.approx(0.9)
    assert found["spread"]["share"]["fuse"] == pytest.approx(0.1)
    assert [(c["image"], c["spearman"]["fuse"]) for c in found["contexts"]] == [
        ("x.jpg", pytest.approx(1.0)),
        ("y.jpg", pytest.approx(0.8)),
    ]
    dots = points(results[1], "y.jpg", found["linearised_at"])
    assert dots == {
        "image": "y.jpg",
        "context": "",
        "tokens": ["a", "b", "c", "d"],
        "losses": [1, 2, 3, 4],
        "scores": {"fuse": SWAPPED, "native": RIGHT},
    }


@pytest.fixture(scope="module")
def routes(source, term):
    table = target_token_table(source.tokenizer, term.tokenizer, term.model.embedding_table, 50257)
    adapter = tiny_models.random_adapter(source, term.model)
    return {
        "fuse": GradientRoute(term, source.embedding_table, adapter),
        "native": GradientRoute(term, table),
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


def test_a_texts_reading_serves_every_picture(term, routes, vocabulary, monkeypatch):
    other = ImageTerm(term.model, -term.image, weight=term.weight, prefix=term.prefix)
    candidates, readings = draw_candidates(vocabulary, 40), EncodedTexts()
    calls = record_calls(monkeypatch, term.model, "encode_ids")
    first, second, elsewhere = (
        measure_context(of, context, candidates, vocabulary.texts, routes, WORDS, readings)
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
