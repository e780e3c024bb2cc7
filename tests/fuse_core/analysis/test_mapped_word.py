"""One word through an adapter: its neighbours, and a sentence for every word that cannot be mapped."""

from __future__ import annotations

import pytest
import torch

from fuse_core.adapter.fit import FitOptions, VocabularySide, fit_adapter
from fuse_core.analysis.mapped_word import map_word, word_ids
from fuse_core.analysis.retrieval import TokenSearch
from fuse_core.common.errors import UserError
from tests.fuse_core.builders import adapter as adapter_of
from tests.fuse_core.builders import random_adapter, synthetic_pair, tokenizer
from tests.fuse_core.dense import relative

PAIR = synthetic_pair(words=60)
FITTED = fit_adapter(PAIR.source, PAIR.target, PAIR.corpus, FitOptions())


def mapped(text: str, adapter=FITTED):
    return map_word(text, adapter, PAIR.source, PAIR.target, TokenSearch(PAIR.target.table))


@pytest.mark.parametrize("word", PAIR.corpus.words[:8])
def test_neighbours_are_the_nearest_of_the_whole_table(word):
    found = mapped(f" {word} ")
    x = PAIR.source.table[list(found.source)].T.unsqueeze(0)
    vectors = FITTED.map_words(x, len(found.target))[0].T
    assert found.text == word
    assert found.target == PAIR.target.tokenizer.encode_words([word])[0]
    assert found.error == pytest.approx(relative(vectors, PAIR.target.table[list(found.target)]))
    assert len(found.slots) == len(found.target)
    for slot, vector, token in zip(found.slots, vectors, found.target, strict=True):
        cosines = torch.nn.functional.cosine_similarity(vector.unsqueeze(0), PAIR.target.table)
        order = cosines.argsort(descending=True).tolist()
        assert [i for i, _ in slot.nearest] == order[:10]
        assert [c for _, c in slot.nearest] == pytest.approx(sorted(cosines.tolist(), reverse=True)[:10])
        assert slot.token == token
        assert slot.cosine == pytest.approx(float(cosines[token]))
        assert slot.rank == order.index(token) + 1


def test_an_exact_map_finds_the_word_itself():
    exact = fit_adapter(PAIR.source, PAIR.target, PAIR.corpus, FitOptions(ridge=0.0, separate_first=False))
    found = mapped(PAIR.corpus.words[3], exact)
    assert found.error < 1e-6
    assert [slot.rank for slot in found.slots] == [1, 1, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no word yet"),
        (" \n", "There is no word yet"),
        ("two words", "“two words” has 2 words"),
        ("x" * 200, "tokens in byte-level; the adapter maps words of 4 at most"),
        ("x" * 1_000_000, "'word' has 1,000,000 characters; 2,000 is the most"),
        ("walkingsinging", "has 6 tokens in wordpiece"),
        ("漢", "is not in the vocabulary of wordpiece"),
    ],
)
def test_words_that_cannot_be_mapped_get_a_sentence(text, message):
    source, target = tokenizer("byte-level"), tokenizer("wordpiece")
    with pytest.raises(UserError, match=message) as caught:
        word_ids(text, source, target, 4)
    assert len(str(caught.value)) < 200


def test_a_word_that_the_tokenizer_drops_gets_a_sentence():
    source, target = tokenizer("byte-level"), tokenizer("wordpiece")
    with pytest.raises(UserError, match="not in the vocabulary of wordpiece"):
        word_ids("\u200d", source, target, 4)


def test_a_word_of_an_empty_bucket_gets_a_sentence():
    only = adapter_of({(1, 1): random_adapter().maps[1, 1]})
    with pytest.raises(UserError, match="No bucket serves"):
        mapped(PAIR.corpus.words[2], only)


def test_tables_of_single_precision_will_do():
    sides = [VocabularySide(side.tokenizer, side.table.float()) for side in (PAIR.source, PAIR.target)]
    single = map_word(PAIR.corpus.words[0], FITTED, *sides, TokenSearch(sides[1].table))
    double = mapped(PAIR.corpus.words[0])
    assert [slot.rank for slot in single.slots] == [slot.rank for slot in double.slots]
    assert [slot.cosine for slot in single.slots] == pytest.approx([slot.cosine for slot in double.slots], rel=1e-5)
