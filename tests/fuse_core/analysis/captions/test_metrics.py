"""Measures of captions: by hand, against sacrebleu, and what has to hold for any caption."""

from __future__ import annotations

import importlib.util
import sys
from math import exp, log, sqrt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from fuse_core.analysis.captions.metrics import (
    bleu,
    cider_d,
    e5_similarity,
    ending,
    meteor,
    perplexity,
    rouge_l,
    sentiment,
    spice,
)
from fuse_core.analysis.captions.metrics.metric import METRICS, Judged, Judges
from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from tests.fuse_core import tiny_models

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


class TestModels:
    """Judges that are models, with tiny ones in their places."""

    @pytest.fixture
    def library(self, tmp_path) -> Library:
        library = Library(tmp_path)
        library.once(("text-encoder", e5_similarity.KEY), tiny_models.sentence_encoder)
        library.once(("causal-lm", perplexity.KEY), lambda: tiny_models.llama(positions=300))
        return library

    def test_similarity_is_the_mean_cosine_with_the_references(self, library):
        judged = CAPTIONS[1:3]
        encoder = library.text_encoder(e5_similarity.KEY)

        def vector(text):
            return encoder.encode_ids([encoder.tokenizer.encode(f"query: {text}")])[0]

        want = [np.mean([float(vector(j.caption) @ vector(r)) for r in j.references]) for j in judged]
        found = e5_similarity.measure(judged, Judges(library, []))
        assert found[:, 0].tolist() == pytest.approx(want, abs=1e-5)

    def test_perplexity_is_of_all_tokens_together(self, library):
        model = library.causal(perplexity.KEY)
        logs = []
        for j in CAPTIONS[1:3]:
            ids = [model.start_id, *model.tokenizer.encode(j.caption)]
            (logits,) = model.logits([ids])
            logs += [float(logits[k].log_softmax(-1)[ids[k + 1]]) for k in range(len(ids) - 1)]
        found = perplexity.METRIC.combine(perplexity.measure(CAPTIONS[1:3], Judges(library, [])).mean(0))
        assert found.tolist() == pytest.approx([exp(-np.mean(logs))], rel=1e-4)

    def test_captions_of_any_length_are_judged(self, library):
        judged = [Judged("a", "", ("a cat",)), Judged("b", "cat " * 499, ("dog " * 499,)), *CAPTIONS[2:3]]
        assert np.all(np.isfinite(e5_similarity.measure(judged, Judges(library, []))))
        found = perplexity.measure(judged, Judges(library, []))
        assert found[0].tolist() == [0, 0]
        assert found[2].tolist() == pytest.approx(perplexity.measure(judged[2:], Judges(library, []))[0].tolist())
        assert np.isnan(perplexity.perplexity(found[0]))

    def test_a_model_does_not_judge_what_it_wrote(self, library):
        with pytest.raises(UserError, match="wrote these captions"):
            perplexity.measure(CAPTIONS, Judges(library, [], writer=perplexity.KEY))


class TestJavaPrograms:
    @pytest.fixture
    def package(self, monkeypatch, tmp_path) -> Path:
        """An installed pycocoevalcap without its programs' models."""
        for metric in ("meteor", "spice"):
            (tmp_path / metric / "lib").mkdir(parents=True)
        for program in ("meteor/meteor-1.5.jar", "spice/spice-1.0.jar"):
            (tmp_path / program).touch()
        found, find = SimpleNamespace(submodule_search_locations=[str(tmp_path)]), importlib.util.find_spec
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name: found if name.startswith("pycocoevalcap") else find(name)
        )
        return tmp_path

    @pytest.mark.parametrize("metric", [meteor, spice])
    def test_without_the_package(self, monkeypatch, metric):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        with pytest.raises(UserError, match=r"'pycocoevalcap' is not installed.*requirements-judges\.txt"):
            metric.measure(CAPTIONS, judges(CAPTIONS))

    def test_without_java(self, monkeypatch, package):
        monkeypatch.setenv("PATH", str(package))
        with pytest.raises(UserError, match="METEOR is a Java program, and there is no 'java'"):
            meteor.measure(CAPTIONS, judges(CAPTIONS))

    def test_without_the_parser(self, package):
        with pytest.raises(UserError, match=r"SPICE needs the models of stanford-corenlp-3\.6\.0"):
            spice.measure(CAPTIONS, judges(CAPTIONS))

    @pytest.mark.parametrize("answer", ["0.25", "no number", ""])
    def test_meteor_s_answer_is_read_and_a_failure_is_a_sentence(self, monkeypatch, package, answer):
        class Meteor:
            meteor_p = SimpleNamespace(kill=lambda: None)

            def compute_score(self, references, captions):
                assert captions[1] == ["a red house on a hill by the sea"]
                return 0.0, [float(answer) for _ in captions]

        monkeypatch.setattr(meteor.shutil, "which", lambda name: name)
        monkeypatch.setitem(sys.modules, "pycocoevalcap.meteor.meteor", SimpleNamespace(Meteor=Meteor))
        if answer == "0.25":
            assert meteor.measure(CAPTIONS, judges(CAPTIONS)).tolist() == [[0.25]] * 4
        else:
            with pytest.raises(UserError, match="METEOR's Java program failed"):
                meteor.measure(CAPTIONS, judges(CAPTIONS))


@pytest.mark.models
def test_sentiment_is_vaders_compound_of_the_words_ratings():
    """Hutto and Gilbert: the sum s of the ratings as s / sqrt(s^2 + 15); "happy" is rated 2.7, "ugly" -2.3."""
    texts = ("a happy cat", "an ugly cat", "a cat", "a happy, ugly cat")
    judged = [Judged(text, text, ("a cat",)) for text in texts]
    sums = np.array([2.7, -2.3, 0.0, 0.4])
    assert single(sentiment, judged) == pytest.approx(sums / np.sqrt(sums**2 + 15), abs=1e-4)
