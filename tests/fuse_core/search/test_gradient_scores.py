from __future__ import annotations

import pytest
import torch

from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.gradient_scores import append_scores, standardise
from fuse_core.search.vocabulary import Vocabulary
from fuse_core.words.text_means import text_means
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_calls

CPU = torch.device("cpu")
PROMPTS = ["", " a cat", " two dogs in"]


@pytest.fixture(scope="module")
def adapter(source, term):
    return tiny_models.random_adapter(source, term.model)


class TestVocabulary:
    @pytest.mark.parametrize(
        ("token", "allowed", "starts"),
        [
            ("Ġcat", True, True),
            ("cat", True, False),
            ("'s", True, False),
            (",", True, False),
            ("-", True, False),
            ("Ġ", False, True),
            (".", False, False),
            ("12", False, False),
            ("Ġ12", False, True),
            ("Ċ", False, False),
            ("Ġ(", False, True),
            ("ĠcafÃ©", False, True),
            ("<|endoftext|>", False, False),
        ],
    )
    def test_captions_are_made_of_words_and_few_marks(self, source, vocabulary, token, allowed, starts):
        k = source.tokenizer.backend.token_to_id(token)
        assert bool(vocabulary.allowed[k]) is allowed
        assert bool(vocabulary.starts_word[k]) is starts

    def test_it_is_as_wide_as_the_logits(self, source):
        wide = Vocabulary.of(source.tokenizer, 50300, CPU)
        assert wide.allowed.shape == wide.starts_word.shape == (50300,)
        assert not wide.allowed[50257:].any()

    def test_a_word_piece_tokenizers_special_tokens_are_not_allowed(self):
        tokenizer = tiny_models.load_tokenizer("minilm")
        vocabulary = Vocabulary.of(tokenizer, tokenizer.vocab_size, CPU)
        assert not vocabulary.allowed[sorted(tokenizer.special_ids)].any()
        assert vocabulary.allowed[tokenizer.encode("cat")[0]]


class TestAppendScores:
    def test_fuse_scores_are_the_pulled_gradient_against_every_source_embedding(self, source, term, adapter):
        scores = append_scores(GradientRoute(term, source.embedding_table, adapter), PROMPTS, (" object",))
        assert scores.shape == (3, 50257)
        for prompt, found in zip(PROMPTS, scores, strict=True):
            (gradient,) = term.gradients([prompt + " object"])
            pulled = adapter.vjp_words(gradient.grads[-1], 1)[0, :, 0]
            torch.testing.assert_close(found, -source.embedding_table @ pulled, atol=2e-4, rtol=1e-4)

    def test_native_scores_are_the_gradient_against_the_targets_own_embeddings(self, source, term):
        table = text_means(term.tokenizer, term.model.embedding_table, source.tokenizer.token_texts)
        scores = append_scores(GradientRoute(term, table), PROMPTS, (" object",))
        for prompt, found in zip(PROMPTS, scores, strict=True):
            (gradient,) = term.gradients([prompt + " object"])
            torch.testing.assert_close(found, -table @ gradient.grads[-1][0, :, 0], atol=2e-4, rtol=1e-4)

    def test_native_scores_predict_the_fall_of_the_loss(self, source):
        clip = tiny_models.clip()
        clip.network.double()
        term = ImageTerm(clip, clip.encode_image(tiny_models.picture()).double(), weight=5.0)
        table = clip.embedding_table
        cat, dog = (clip.tokenizer.encode(word)[0] for word in ("cat", "dog"))
        (scores,) = append_scores(GradientRoute(term, table), [" a"], (" cat",))

        def loss(step: float) -> torch.Tensor:
            embeddings = table[torch.tensor([clip.tokenizer.encode("a")[0], cat])].clone()
            embeddings[1] += step * (table[dog] - table[cat])
            return 5.0 * (1 - clip.encode_embeddings([embeddings])[0] @ term.image)

        step = 1e-4
        slope = (loss(step) - loss(-step)) / (2 * step)
        torch.testing.assert_close(scores[dog] - scores[cat], -slope, atol=1e-7, rtol=1e-5)

    def test_scores_of_several_probe_words_are_averaged(self, source, term, adapter):
        def scores(*probe_words):
            return append_scores(GradientRoute(term, source.embedding_table, adapter), PROMPTS, probe_words)

        expected = (scores(" object") + scores(" animal") + scores(" place")) / 3
        torch.testing.assert_close(scores(" object", " animal", " place"), expected, atol=2e-4, rtol=1e-4)

    def test_all_gradients_come_from_one_batch(self, source, term, adapter, monkeypatch):
        calls = record_calls(monkeypatch, term.model, "encode_embeddings")
        append_scores(GradientRoute(term, source.embedding_table, adapter), PROMPTS, (" object", " animal"))
        assert [len(sequences) for (sequences,) in calls] == [6]

    def test_a_probe_word_that_no_bucket_serves_has_no_direction_and_no_say(self, source, term, adapter):
        route, unserved = GradientRoute(term, source.embedding_table, adapter), " supercalifragilistic"
        at_object, nothing = route.at_last_words(term.gradients([" a object", " a" + unserved]))
        assert at_object is not None
        assert nothing is None
        assert torch.equal(append_scores(route, PROMPTS, (unserved,)), torch.zeros(3, 50257))
        both, served = (append_scores(route, PROMPTS, words) for words in ((" object", unserved), (" object",)))
        torch.testing.assert_close(both, served, atol=2e-4, rtol=1e-4)

    def test_the_weight_of_the_term_scales_the_scores(self, source, term, adapter):
        doubled = ImageTerm(term.model, term.image, 2 * term.weight, term.prefix)
        routes = (GradientRoute(t, source.embedding_table, adapter) for t in (term, doubled))
        scores = [append_scores(route, PROMPTS, (" object",)) for route in routes]
        torch.testing.assert_close(2 * scores[0], scores[1], atol=2e-4, rtol=1e-4)

    @pytest.mark.parametrize("key", ["gpt2-tokenizer", "clip-tokenizer", "minilm"])
    def test_every_probe_word_is_one_word_of_one_token(self, key):
        tokenizer = tiny_models.load_tokenizer(key)
        assert all(word.startswith(" ") for word in PROBE_WORDS)
        assert [len(ids) for ids in tokenizer.encode_batch(list(PROBE_WORDS))] == [1] * len(PROBE_WORDS)


class TestStandardise:
    def test_allowed_scores_get_mean_zero_and_deviation_one_row_by_row(self):
        scores = torch.randn(3, 40, generator=torch.Generator().manual_seed(0)) * torch.tensor([[1.0], [50.0], [1e-3]])
        allowed = torch.arange(40) % 3 > 0
        z = standardise(scores, allowed)
        chosen = z[:, allowed]
        torch.testing.assert_close(chosen.mean(1), torch.zeros(3), atol=1e-5, rtol=0)
        torch.testing.assert_close(chosen.std(1, correction=0), torch.ones(3), atol=1e-4, rtol=0)
        assert torch.equal(z.argsort(1), scores.argsort(1))

    @pytest.mark.parametrize("count", [1, 2])
    def test_equal_scores_are_zero(self, count):
        z = standardise(torch.full((2, 5), 3.0), torch.arange(5) < count)
        assert torch.equal(z, torch.zeros(2, 5))
