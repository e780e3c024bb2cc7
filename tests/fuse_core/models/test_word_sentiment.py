"""A classifier of words on a tiny encoder: what it reads, and how its head is fitted and kept."""

from __future__ import annotations

import pytest
import torch

from fuse_core.common.artefacts import ArtefactStore
from fuse_core.models import word_sentiment_fit as fit
from fuse_core.models.protocols import KnowsWords, VectorReader
from fuse_core.models.word_sentiment import WordHead, WordSentiment
from fuse_core.words.corpus import Corpus
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

TEXTS = ["a happy cat", "a very sad dog in the rain", "", "two cats"]
LEXICON = "good\t2.0\nbad\t-2.0\nawful\t-3.1\nnice\t1.8\nhappy\t2.7\nsad\t-2.1\nlovely\t2.8\nugly\t-2.3\n"
FORMS = ("badly", "awfully", "happily", "sadly", "lovelier", "loveliest")  # of all but "good"
OTHERS = ("cat", "dog", "rocket", "walks", "seven", "under", "paper", "green")


def head() -> WordHead:
    draw = torch.Generator().manual_seed(3)
    tensors = [torch.randn(*shape, generator=draw) for shape in ((16, 3), (3,), (16, 3), (3,))]
    return WordHead(*tensors, words=4, heldout_words=1, accuracy=1.0, layers=1)


@pytest.fixture(scope="module")
def model() -> WordSentiment:
    return WordSentiment("tiny", tiny_models.sentence_encoder(), head(), {"happy": "positive"})


def test_a_text_is_read_token_by_token(model):
    ids = model.tokenizer.encode_batch(TEXTS)
    found = model.encode_ids(ids).exp()
    for row, text in zip(found, ids, strict=True):
        framed = torch.tensor([[*model.encoder.begin, *text, *model.encoder.end]])
        states = model.encoder.network(input_ids=framed, output_hidden_states=True).hidden_states[1][0, 1:-1]
        tokens = (states @ model.head.token_weight + model.head.token_bias).softmax(-1)
        no_positive, no_negative = (1 - tokens[:, 2]).prod(), (1 - tokens[:, 0]).prod()
        expected = torch.stack([(1 - no_negative) * no_positive, (1 - no_positive) * no_negative])
        torch.testing.assert_close(row[[0, 2]], expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found.sum(1), torch.ones(len(TEXTS)), atol=1e-5, rtol=1e-5)


def test_embeddings_give_what_their_ids_give_and_a_gradient(model):
    ids = model.tokenizer.encode_batch(TEXTS[:2])
    sequences = [model.embedding_table[torch.tensor(row)].clone().requires_grad_() for row in ids]
    found = model.encode_embeddings(sequences)
    torch.testing.assert_close(found, model.encode_ids(ids), atol=1e-4, rtol=1e-4)
    found[:, 2].sum().backward()
    assert all(s.grad is not None and s.grad.abs().sum() > 0 for s in sequences)


def test_it_reads_words_from_vectors_and_knows_those_that_people_rated(model):
    assert all(isinstance(model, protocol) for protocol in (VectorReader, KnowsWords))
    assert model.word_labels == {"happy": "positive"}
    vectors = model.encoder.encode_ids([[5], [9]])
    expected = (vectors @ model.head.word_weight + model.head.word_bias).softmax(-1)
    torch.testing.assert_close(model.read(vectors).exp(), expected)


def test_another_head_is_another_model(model):
    other = WordSentiment("tiny", model.encoder, head())
    assert other.weights_digest == model.weights_digest
    other.head.token_bias[0] += 1
    assert other.weights_digest != model.weights_digest


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Eight rated words and as many others in place of VADER's and English."""
    path = tmp_path / "lexicon.txt"
    path.write_text(LEXICON, "utf-8")
    words = tuple(line.split("\t")[0] for line in LEXICON.splitlines()) + OTHERS + FORMS
    monkeypatch.setattr(fit, "lexicon_file", lambda: path)
    monkeypatch.setattr(fit, "load_class_names", lambda: [("cat",), ("Dog",), ("rocket", "missile")])
    monkeypatch.setattr(fit, "english", lambda n: Corpus("tiny", words, (1.0,) * len(words)))
    monkeypatch.setattr(fit, "kept_back", lambda words: {"nice", "ugly"})
    monkeypatch.setattr(fit, "TEXTS", 60)
    monkeypatch.setattr(fit, "LAYERS", 1)
    return path


class TestFit:
    def test_it_is_fitted_once_and_kept_and_words_kept_back_are_in_no_text(self, small, tmp_path, monkeypatch):
        read = record_calls(monkeypatch, fit, "read_tokens")
        encoder, found = tiny_models.sentence_encoder(), ["a nice cat", "an awful dog"]
        first, again = (fit.load_word_sentiment("tiny", encoder, ArtefactStore(tmp_path), found) for _ in range(2))
        assert len(read) == 2  # captions, then words, once
        assert (first.head.layers, again.head.layers) == (1, 1)
        texts = [text for call in read for text in call[1]]
        assert "an awful dog" in texts
        assert not any("nice" in text or "ugly" in text for text in texts)
        assert first.weights_digest == again.weights_digest
        assert (again.head.words, again.head.heldout_words) == (6, 2)
        assert again.head.accuracy == first.head.accuracy
        labels = {"happy": "positive", "lovely": "positive", "bad": "negative", "awful": "negative", "sad": "negative"}
        assert again.word_labels == labels

    def test_it_tells_the_words_it_was_fitted_to_apart(self, small, tmp_path, monkeypatch):
        monkeypatch.setattr(fit, "PENALTY", 1e-6)
        monkeypatch.setattr(fit, "fit_texts", lambda *given: ["a cat"])
        model = fit.load_word_sentiment("tiny", tiny_models.sentence_encoder(), ArtefactStore(tmp_path))
        words = [*model.word_labels, *OTHERS]
        ids = model.tokenizer.encode_batch([f"An image of {word}" for word in words])
        last = [model.first_layers.read_ids([row], lambda states, mask: states[:, -2], 16)[0] for row in ids]
        read = torch.stack(last) @ model.head.token_weight + model.head.token_bias
        expected = [["negative", "neutral", "positive"].index(model.word_labels.get(word, "neutral")) for word in words]
        assert read.argmax(1).tolist() == expected

    def test_other_captions_that_were_found_make_another_head(self, small, tmp_path):
        encoder, store = tiny_models.sentence_encoder(), ArtefactStore(tmp_path)
        heads = [fit.load_word_sentiment("tiny", encoder, store, found).head for found in ((), ("a sad cat",))]
        assert not torch.equal(heads[0].token_weight, heads[1].token_weight)


def test_labels_belong_to_the_words_tokens_in_the_order_of_the_texts():
    encoder = tiny_models.sentence_encoder()
    texts = ["a cat", "a good, unbelievably good rocket in the rain", "bad"]
    states, labels = fit.read_tokens(encoder, texts, {"good": 2.0, "unbelievably": -1.6, "bad": -2.0})
    ids = encoder.tokenizer.encode_batch(texts)
    expected = []
    for row in ids:
        for word in encoder.tokenizer.split_ids(row):
            label = {"good": 2, "unbelievably": 0, "bad": 0}.get(word.text.strip(), 1)
            expected += [label] * len(word.ids)
    assert labels.tolist() == expected
    last = encoder.network(input_ids=torch.tensor([[*encoder.begin, *ids[2], *encoder.end]])).last_hidden_state
    torch.testing.assert_close(states[-1], last[0, -2], atol=1e-5, rtol=1e-4)


def test_captions_that_searches_found_are_many_and_short():
    found = fit.found_captions()
    assert len(found) > 300
    assert all(0 < len(text.split()) < 20 for text in found)
