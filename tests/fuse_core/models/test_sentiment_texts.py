from __future__ import annotations

import pytest

from fuse_core.models.sentiment_head import lexicon_file, read_lexicon
from fuse_core.models.sentiment_texts import fit_texts, kept_back, label_of


@pytest.mark.models
@pytest.mark.parametrize("forms", [("happy", "happily", "unhappy", "happiness"), ("agree", "disagree", "agreement")])
def test_forms_of_a_word_are_kept_back_together(forms):
    words = read_lexicon(lexicon_file())
    held = kept_back(words)
    assert len({form in held for form in forms if form in words}) == 1


@pytest.mark.models
def test_one_word_in_five_is_kept_back_and_no_stem_is_on_both_sides():
    words = read_lexicon(lexicon_file())
    held = kept_back(words)
    assert 0.15 < len(held) / len(words) < 0.25
    assert not {w[:4] for w in held if not w.startswith(("un", "dis", "in", "im", "mis"))} & {
        w[:4] for w in words.keys() - held if not w.startswith(("un", "dis", "in", "im", "mis"))
    }


@pytest.mark.parametrize(("valence", "label"), [(2.7, 2), (1.5, 2), (1.4, 1), (0.0, 1), (-1.4, 1), (-1.5, 0)])
def test_labels_are_negative_neutral_and_positive(valence, label):
    assert label_of(valence) == label


def test_texts_hold_the_words_given_and_two_thirds_of_them_one_of_the_lexicon():
    texts = fit_texts(["happy", "sad"], ["cat", "dog"], ["seven", "walks"], 40)
    assert texts == fit_texts(["happy", "sad"], ["cat", "dog"], ["seven", "walks"], 40)
    assert len(texts) == 60
    valenced = ["happy" in text or "sad" in text for text in texts]
    assert valenced == [True] * 40 + [False] * 20
