"""Words of captions, as the Penn Treebank cuts them; what Stanford's tokenizer gives was looked up."""

from __future__ import annotations

import pytest

from fuse_core.analysis.captions.tokenise import tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A dog, on the mat.", "a dog on the mat"),
        ("The man’s dog don't run; it's 3.5 meters, isn't it?", "the man 's dog do n't run it 's 3.5 meters is n't it"),
        ('A sign reading "STOP!" in the street...', "a sign reading stop in the street"),
        (
            "a black-and-white photo of a U.S. flag & 1,000 people",
            "a black-and-white photo of a u.s. flag & 1,000 people",
        ),
        ("you cannot eat the cake/dessert -- ever", "you can not eat the cake/dessert ever"),
        ("t-shirt, 50% off $5 #1", "t-shirt 50 % off $ 5 # 1"),
        ("cafe\u0301 noir", "café noir"),
        (" … ", ""),
    ],
)
def test_a_text_is_cut(text, words):
    assert " ".join(tokens(text)) == words
