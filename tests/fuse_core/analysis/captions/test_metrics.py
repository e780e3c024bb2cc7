"""Measures of captions: by hand, against sacrebleu, and what has to hold for any caption."""

from __future__ import annotations

from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from fuse_core.analysis.captions.metrics import bleu, cider_d, ending, rouge_l
from fuse_core.analysis.captions.metrics.metric import METRICS, Judged, Judges
from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.errors import UserError
from fuse_core.library import Library

CAPTIONS = (
    Judged("a", "the the the cat", ("the cat is on the mat", "there is a cat on the mat")),
    Judged("b", "a red house on a hill by the sea", ("a red house on a hill", "the house by the sea", "a barn")),
    Judged("c", "two dogs", ("two dogs play in the snow",)),
    Judged("d", "a man rides a horse along the beach", ("a man rides a horse on the beach", "a rider at the sea")),
)
WORDS = st.lists(st.sampled_from(tokens("a the cat dog sits on red mat")), min_size=4, max_size=9).map(" ".join)
SETS = st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=4)), min_size=2, max_size=4)


def judges(judged) -> Judges:
    return Judges(Library(Path("unused")), [j.references for j in judged])


def values(metric, judged) -> np.ndarray:
    return metric.METRIC.combine(metric.measure(judged, judges(judged)).mean(0))


def single(metric, judged) -> np.ndarray:
    """Of each picture by itself, of the last column."""
    return metric.METRIC.combine(metric.measure(judged, judges(judged)))[:, -1]


def test_the_registry_finds_every_measure_and_no_value_has_two_names():
    columns = [column for metric in METRICS.values() for column in metric.columns]
    assert {"BLEU-1", "BLEU-4", "ROUGE-L", "CIDEr-D", "ends as a phrase"} <= set(columns)
    assert len(set(columns)) == len(columns)


class TestBleu:
    def test_papineni_s_example(self):
        """Clipped: of seven "the", two are in a reference (section 2.1); the nearest reference has seven words."""
        found = bleu.counts(["the"] * 7, [tokens("the cat is on the mat"), tokens("there is a cat on the mat")])
        assert found == [2, 0, 0, 0, 7, 6, 5, 4, 7, 7]
        assert bleu.bleu(np.array(found)).tolist() == pytest.approx([2 / 7, 0, 0, 0])

    def test_brevity(self):
        """Two words, all right, for six: exp(1 - 6 / 2)."""
        assert values(bleu, CAPTIONS[2:3])[:2] == pytest.approx([exp(-2), exp(-2)])

    @settings(max_examples=20)
    @given(SETS)
    def test_sacrebleu_agrees(self, pictures):
        judged = [Judged(str(k), caption, tuple(references)) for k, (caption, references) in enumerate(pictures)]
        assert values(bleu, judged).tolist() == pytest.approx([sacrebleu(judged, n) for n in (1, 2, 3, 4)])

    def test_sacrebleu_agrees_on_captions_of_all_lengths(self):
        assert values(bleu, CAPTIONS).tolist() == pytest.approx([sacrebleu(CAPTIONS, n) for n in (1, 2, 3, 4)])


def sacrebleu(judged, n: int) -> float:
    most = max(len(j.references) for j in judged)
    columns = [[j.references[k] if k < len(j.references) else None for j in judged] for k in range(most)]
    metric = BLEU(max_ngram_order=n, tokenize="none", smooth_method="none", force=True)
    return metric.corpus_score([j.caption for j in judged], columns).score / 100


class TestRougeL:
    def test_lin_s_example(self):
        """Lin (2004), section 3: "police kill the gunman" for "police killed the gunman" has 3 of 4 in common."""
        caption, reference = tokens("police kill the gunman"), tokens("police killed the gunman")
        assert rouge_l.common_subsequence(reference, caption) == 3
        assert rouge_l.rouge_l(caption, [reference]) == pytest.approx(0.75)
        other = tokens("the gunman kill police")
        assert rouge_l.rouge_l(other, [reference]) == pytest.approx(0.5)

    def test_best_recall_and_best_precision_may_be_of_two_references(self):
        found = rouge_l.rouge_l(list("abc"), [list("abcxyz"), list("ab")])
        assert found == pytest.approx(1.0)  # precision 3 / 3 by the first, recall 2 / 2 by the second
        found = rouge_l.rouge_l(list("abcd"), [list("axyz")])
        assert found == pytest.approx((1 + 1.44) * 0.25 * 0.25 / (0.25 + 1.44 * 0.25))

    def test_no_words(self):
        assert rouge_l.rouge_l([], [["a"]]) == 0


class TestCiderD:
    def test_by_hand(self):
        """Two pictures; "dog" and "cat" are in one, "a" in both, so that "a" weighs nothing."""
        judged = [Judged("1", "a dog", ("a dog", "a big dog")), Judged("2", "a cat", ("a cat",))]
        weight = log(2)  # of "dog", "big", and every pair of words
        first = (1 + 1) / 4  # both unigrams and bigrams are those of the reference; longer ones are none
        length = exp(-1 / (2 * 6**2))
        second = length * (weight**2 / (weight * sqrt(2) * weight) + 0) / 4  # "dog" of "big dog"; no bigram in common
        assert single(cider_d, judged) == pytest.approx([10 * (first + second) / 2, 10 * 2 / 4])

    def test_more_of_a_word_than_the_reference_has_is_clipped(self):
        judged = [Judged("1", "dog dog", ("dog",)), Judged("2", "cat", ("cat",))]
        weight = log(2)
        want = 10 / 4 * exp(-1 / 72) * (min(2 * weight, weight) * weight) / (2 * weight * weight)
        assert single(cider_d, judged)[0] == pytest.approx(want)

    def test_one_picture_is_no_set(self):
        with pytest.raises(UserError, match="two pictures or more"):
            cider_d.measure(CAPTIONS[:1], judges(CAPTIONS[:1]))

    def test_what_is_rare_is_known_from_all_pictures_captioned_or_not(self):
        whole = cider_d.measure(CAPTIONS, judges(CAPTIONS))
        assert cider_d.measure(CAPTIONS[1:2], judges(CAPTIONS)).tolist() == whole[1:2].tolist()


@pytest.mark.parametrize(("metric", "most"), [(bleu, 1), (rouge_l, 1), (cider_d, 10)])
class TestAnyCaption:
    @settings(max_examples=20)
    @given(pictures=SETS)
    def test_bounds_and_order(self, metric, most, pictures):
        judged = [Judged(str(k), caption, tuple(refs)) for k, (caption, refs) in enumerate(pictures)]
        found = single(metric, judged)
        assert np.all(found >= 0)
        assert np.all(found <= most + 1e-9)
        turned = [j._replace(references=j.references[::-1]) for j in judged]
        assert single(metric, turned).tolist() == pytest.approx(found.tolist())

    def test_a_caption_that_is_its_reference_has_all(self, metric, most):
        texts = [j.references[0] for j in CAPTIONS]
        judged = [Judged(text, text, (text,)) for text in texts]
        assert single(metric, judged) == pytest.approx(most)
        assert values(metric, judged)[-1] == pytest.approx(most)

    def test_a_caption_without_words_has_nothing(self, metric, most):
        judged = [Judged("1", "...", ("a dog",)), Judged("2", "a cat sits", ("a cat sits",))]
        assert single(metric, judged)[0] == 0


def test_endings():
    judged = [Judged("1", "a dog", ("a",)), Judged("2", "a dog on the", ("a",))]
    assert values(ending, judged) == 0.5
    assert [len(tokens(j.caption)) for j in judged] == [2, 4]
