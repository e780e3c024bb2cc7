"""What a fidelity run says, at any linearisation word and any K, and what is kept of it in a file."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from fuse_core.analysis.context_fidelity import ContextFidelity, chance_scores
from fuse_core.analysis.fidelity import FIDELITY_PROBE_WORDS
from fuse_core.analysis.fidelity_report import choose, points, report, spearman_by_word, summarise, words_for
from fuse_core.analysis.fidelity_run import MEAN, ContextSummary, FidelityRun
from fuse_core.analysis.fidelity_sentence import fidelity_sentence
from fuse_core.analysis.picture_bootstrap import picture_intervals
from fuse_core.common.errors import UserError
from fuse_core.search.config import PROBE_WORDS
from fuse_core.words.corpus import english

RIGHT, WRONG, SWAPPED, FLAT = [4.0, 3, 2, 1], [1.0, 2, 3, 4], [3.0, 4, 2, 1], [0.0] * 4


def context(fuse: list[list[float]], target: list[list[float]], losses=(1, 2, 3, 4)) -> ContextFidelity:
    predicted = {"fuse": np.array(fuse), "target": np.array(target)}
    return ContextFidelity("", tuple("abcd"), np.array(losses, dtype=float), (" one", " two"), predicted)


def run_of(*results: ContextFidelity) -> FidelityRun:
    summaries = [ContextSummary.of(f"{name}.jpg", result) for name, result in zip("xyz", results, strict=False)]
    return FidelityRun("source", "target", tuple(summaries), results[-1], summaries[-1].image)


def test_the_best_linearisation_word_is_the_one_that_serves_fuse_best():
    run = run_of(context([WRONG, RIGHT], [RIGHT, RIGHT]), context([RIGHT, SWAPPED], [RIGHT] * 2))
    assert choose(run) == " two"
    assert choose(run, " one") == choose(run, "one") == " one"
    with pytest.raises(UserError, match="not taken at 'three'"):
        choose(run, " three")
    table = spearman_by_word(run)
    assert table[" one"] == {"fuse": pytest.approx(0.0), "target": pytest.approx(1.0)}
    assert table[" two"]["fuse"] == pytest.approx(0.9)


def test_a_word_where_the_carried_gradient_is_undefined_is_not_the_best():
    run = run_of(context([FLAT, WRONG], [RIGHT, RIGHT]))
    assert choose(run) == " two"


def test_a_word_asked_for_is_measured_besides_the_known_ones():
    assert words_for("auto") == words_for("mean") == words_for("tool") == FIDELITY_PROBE_WORDS
    assert words_for("spoon ") == (*FIDELITY_PROBE_WORDS, " spoon")
    for wrong in ("", "two words"):
        with pytest.raises(UserError, match="must be one word"):
            words_for(wrong)
    with pytest.raises(UserError, match="'linearisation word' has 1,000,000 characters; 100 is the most"):
        words_for("a" * 1_000_000)


def test_the_mean_is_over_the_words_of_a_search():
    scores = np.arange(9.0)[:, None] * np.array([[1.0, -1.0]])
    result = ContextFidelity(
        "", ("a", "b"), np.arange(2.0), (*PROBE_WORDS, " tool"), {"fuse": scores, "target": scores}
    )
    run = run_of(result)
    assert choose(run, "mean") == MEAN
    assert report(run, "mean", within=1)["linearised_at"] == list(PROBE_WORDS)
    assert points(run, "mean")["scores"]["fuse"] == [3.5, -3.5]


def test_the_summary_has_mean_spread_and_the_share_of_target():
    run = run_of(context([RIGHT] * 2, [RIGHT] * 2), context([SWAPPED] * 2, [RIGHT] * 2))
    summary = summarise(run.contexts, " one")
    assert summary["spearman"]["fuse"]["mean"] == pytest.approx(0.9)
    assert summary["spearman"]["fuse"]["std"] == pytest.approx(0.1)
    assert summary["share"]["fuse"]["mean"] == pytest.approx(0.9)
    assert summary["share"]["target"] == {"mean": 1.0, "std": 0.0, "low": 1.0, "high": 1.0}


def test_a_share_is_of_means_so_that_a_context_without_an_order_cannot_blow_it_up():
    run = run_of(context([RIGHT] * 2, [RIGHT] * 2), context([SWAPPED] * 2, [[2.0, 4, 1, 3]] * 2))
    summary = summarise(run.contexts, " one")
    assert summary["spearman"]["target"]["mean"] == pytest.approx((1 + 0.0) / 2)
    assert summary["share"]["fuse"]["mean"] == pytest.approx((1 + 0.8) / (1 + 0.0))


def test_held_out_words_are_judged_by_themselves():
    words = [word for word in english(400).words if word.isalpha()]
    tokens = tuple(f" {word}" for word in words)
    held = np.array([zlib.crc32(word.casefold().encode()) % 10 == 0 for word in words])
    assert 10 < held.sum() < 60
    rng = np.random.default_rng(1)
    losses, scores = rng.random(len(words)), rng.random((2, len(words)))
    result = ContextFidelity("", tokens, losses, (" one", " two"), {"fuse": scores, "target": scores[::-1]})
    found = report(run_of(result), "two", within=20)
    expected = textbook_spearman(scores[1][held], -losses[held])
    assert found["heldout"]["fuse"] == pytest.approx(expected)
    assert found["heldout_candidates"] == held.sum()
    assert found["contexts"][0]["heldout"]["target"] == pytest.approx(textbook_spearman(scores[0][held], -losses[held]))


def textbook_spearman(first: np.ndarray, second: np.ndarray) -> float:
    """By the textbook formula for orders without ties: ``1 - 6 sum d^2 / (n (n^2 - 1))``."""
    places = [np.argsort(np.argsort(values)) for values in (first, second)]
    n = len(first)
    return 1 - 6 * float(((places[0] - places[1]) ** 2).sum()) / (n * (n**2 - 1))


def test_intervals_draw_whole_pictures():
    """Against every draw of three pictures there is: 27, equally likely."""
    values = pd.DataFrame({"fuse": [0.1, 0.3, 0.5, 0.2, 0.9, 0.4], "target": [0.5, 0.4, 0.6, 0.7, 1.0, 0.8]})
    images = ["x", "x", "y", "y", "z", "z"]
    sums = values.groupby(images).sum()
    draws = [sums.iloc[list(rows)].sum() / 6 for rows in product(range(3), repeat=3)]
    for share_of in (None, "target"):
        means = np.sort([d["fuse"] / (1 if share_of is None else d["target"]) for d in draws])
        low, high = picture_intervals(values, images, share_of)["fuse"]
        # 2.5 % of 27 draws lies below the second lowest: the ends are the extremes.
        assert (low, high) == (pytest.approx(means[0]), pytest.approx(means[-1]))


def test_an_interval_needs_two_pictures():
    found = report(run_of(context([RIGHT] * 2, [RIGHT] * 2)), "one")
    assert found["interval"]["spearman"]["fuse"] == [None, None]
    assert found["pictures"] == 1


def test_the_sentence_holds_both_measures_with_spread_ceiling_and_chance(many):
    """Figures computed anew from the contexts, by the textbook."""
    found = report(many, "object", within=40)
    for measure, style in (("spearman", ".3f"), ("recall", ".0%")):
        for name in ("fuse", "target"):
            values = [row[measure][name] for row in found["contexts"]]
            spread = (sum((v - sum(values) / 2) ** 2 for v in values) / 2) ** 0.5
            assert f"{sum(values) / 2:{style}} ± {spread:{style}}" in fidelity_sentence(found)
    assert "2 contexts of 2 pictures, 200 candidates each, gradient at “object”." in fidelity_sentence(found)
    assert "Recall of the best 16 in the top 40" in fidelity_sentence(found)
    assert "chance 20%" in fidelity_sentence(found)
    assert "chosen afterwards by the true losses" not in fidelity_sentence(found)
    chosen = fidelity_sentence(report(many))
    assert f"of {len(many.words)} words the one chosen afterwards by the true losses" in chosen


def test_a_single_context_has_no_spread(many):
    told = fidelity_sentence(report(replace(many, contexts=many.contexts[:1])))
    assert "±" not in told
    assert "1 context of 1 picture" in told
    assert "One context has no spread" in told


def test_the_report_is_plain_values():
    run = run_of(context([RIGHT, WRONG], [RIGHT] * 2), context([SWAPPED, RIGHT], [RIGHT] * 2))
    found = report(run, within=2)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert (found["linearised_at"], found["candidates"], found["within"]) == ([" one"], 4, 2)
    assert found["spearman"]["fuse"] == pytest.approx(0.9)
    assert found["spread"]["share"]["fuse"] == pytest.approx(0.1)
    assert [(c["image"], c["spearman"]["fuse"]) for c in found["contexts"]] == [
        ("x.jpg", pytest.approx(1.0)),
        ("y.jpg", pytest.approx(0.8)),
    ]
    assert points(run, "one") == {
        "image": "y.jpg",
        "context": "",
        "tokens": ["a", "b", "c", "d"],
        "losses": [1, 2, 3, 4],
        "scores": {"fuse": SWAPPED, "target": RIGHT},
    }


def test_what_is_undefined_is_null():
    """A gradient that is zero everywhere orders nothing: no number, and none that JSON lacks."""
    found = report(run_of(context([FLAT] * 2, [FLAT] * 2)), "one")
    assert found["spearman"] == found["share"] == {"fuse": None, "target": None}
    assert found["by_word"][" two"]["fuse"] is None
    assert found["contexts"][0]["spearman"]["target"] is None
    json.dumps(found, allow_nan=False)


def test_a_word_out_of_reach_is_left_out_of_the_mean_and_null_by_itself():
    scores = np.arange(8.0)[:, None] * np.array([[1.0, -1.0]])
    scores[0] = np.nan
    run = run_of(ContextFidelity("", ("a", "b"), np.arange(2.0), PROBE_WORDS, {"fuse": scores, "target": scores}))
    assert points(run, "mean")["scores"]["fuse"] == [4.0, -4.0]
    alone = report(run, PROBE_WORDS[0], within=1)
    assert alone["spearman"]["fuse"] is alone["recall"]["fuse"] is alone["contexts"][0]["recall"]["fuse"] is None
    assert points(run, PROBE_WORDS[0])["scores"]["fuse"] == [None, None]


def test_recall_depends_on_k(many):
    values = [report(many, "object", within)["recall"]["fuse"] for within in (16, 40, 100, 199)]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_a_recorded_run_answers_as_the_measured_one_did(many):
    text = json.dumps(many.as_dict(), allow_nan=False)
    read = FidelityRun.from_dict(json.loads(text))
    for linearisation, within in (("auto", 16), ("mean", 40), ("spoon", 100)):
        known, found = (report(run, linearisation, within) for run in (many, read))
        assert found["recall"] == known["recall"]
        assert found["linearised_at"] == known["linearised_at"]
        assert found["spearman"] == pytest.approx(known["spearman"], abs=1e-4)
        drawn = points(read, linearisation)
        assert drawn["tokens"] == points(many, linearisation)["tokens"]
        for name, scores in points(many, linearisation)["scores"].items():
            np.testing.assert_allclose(drawn["scores"][name], scores, atol=2e-3)
    assert FidelityRun.from_dict(read.as_dict()).as_dict() == read.as_dict()


def test_a_run_recorded_when_the_targets_own_gradient_was_called_native_is_read(many):
    today = many.as_dict() | {"target": "a model"}
    text = json.dumps(today).replace('"target": "a model"', "MODEL").replace('"target":', '"native":')
    read = FidelityRun.from_dict(json.loads(text.replace("MODEL", '"target": "a model"')))
    assert read.as_dict() == FidelityRun.from_dict(today).as_dict()
    assert "target" in read.drawn.predicted


@pytest.fixture(scope="module")
def many() -> FidelityRun:
    """Two contexts of 200 candidates, at the known words and one more; one gradient is undefined at one word."""
    rng = np.random.default_rng(0)
    words = (*FIDELITY_PROBE_WORDS, " spoon")
    results = []
    for before in ("", " a"):
        losses = rng.random(200)
        noise = {"fuse": 0.3, "fuse-target": 0.4, "target": 0.2}
        predicted = {name: -losses + size * rng.normal(size=(len(words), 200)) for name, size in noise.items()}
        predicted["fuse"][9] = 0.0
        predicted["random"] = chance_scores(before, len(words), 200)
        results.append(ContextFidelity(before, tuple(f" t{k}" for k in range(200)), losses, words, predicted))
    return run_of(*results)
