"""A run whose language model has Llama's tokenizer: the start of a word is a mark (▁) that no decoded token shows."""

from __future__ import annotations

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from fuse_core.library import Library
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.search.methods.registry import start_step, take_step
from fuse_core.search.problem import caption_problem, fit_options
from fuse_core.search.vocabulary import Vocabulary
from fuse_core.search.word_source import SourceWords
from fuse_core.words.corpus import Corpus, english, with_vocabulary
from fuse_core.words.tokenizer import WordTokenizer
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import FAMILIES, llama_backend, tokenizer
from tests.fuse_core.exact import check_exact
from tests.fuse_core.tiny_models import CONFIG, settings_for

METASPACE = ["unigram", "t5", "llama", "mistral"]
WORDS = tuple(dict.fromkeys(["An", "image", "of", *(w for w in english(1000).words if w.isalpha() and w.isascii())]))


def llama() -> TransformersLM:
    """A two-layer Llama over Llama's own kind of tokenizer."""
    words = WordTokenizer(CONFIG.source, llama_backend(WORDS[:200]))
    config = LlamaConfig(
        vocab_size=words.vocab_size,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=64,
        initializer_range=0.4,
    )
    with tiny_models.seeded(0):
        network = LlamaForCausalLM(config)
    return TransformersLM(CONFIG.source, network, words, start_id=1)


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Library:
    """Llama in the place of GPT-2."""
    held, source = Library(tmp_path_factory.mktemp("cache")), llama()
    target = tiny_models.clip(CONFIG.target)
    for role, model in (("causal-lm", source), ("image-text", target)):
        held.once((role, model.key), lambda model=model: model)
        held.once(("tokenizer", model.key), lambda model=model: model.tokenizer)
    held.once(("word-table", target.key), lambda: tiny_models.word_table(target))
    key = ("adapter", source.key, target.key, fit_options(CONFIG))
    held.once(key, lambda: tiny_models.random_adapter(source, target))
    return held


@pytest.mark.parametrize("family", METASPACE)
def test_the_vocabulary_tells_word_starts(family):
    t = tokenizer(family)
    vocabulary = Vocabulary.of(t, t.vocab_size, torch.device("cpu"))
    usable = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0].tolist()
    assert t.encode_words(["dog"])[0][0] in usable
    assert all(t.token_name(k).startswith("▁") for k in usable)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fit_begins_with_the_words_of_one_token(family):
    t = tokenizer(family)
    corpus = with_vocabulary(Corpus("few", ("elephants", "zebra"), (0.5, 0.25)), t)
    own = [word for word in corpus.words if word not in ("elephants", "zebra")]
    assert len(own) > 5
    assert all(len(ids) == 1 for ids in t.encode_words(own))


@pytest.mark.parametrize("method", ["autodan", "gcg", "pez", "random"])
@pytest.mark.parametrize("guidance", ["fuse", "lm"])
def test_every_method_proposes_and_scores(library, method, guidance):
    config = settings_for(method, guidance=guidance, start=" the time people")
    problem = caption_problem(library, config, tiny_models.picture())
    step = start_step(problem)
    tokenizer = problem.objective.language.model.tokenizer
    for index in (1, 2, 3):
        step = take_step(problem, step, index)
        assert step.candidates
        check_exact(problem, step)
        for beam in step.beams:
            assert beam.text.startswith(" ")
            assert len(beam.ids) == (index if method == "autodan" else 3)
            # What is scored is what a reader of prefix and prompt sees.
            assert tokenizer.encode(config.prefix + beam.text) == [*tokenizer.encode(config.prefix), *beam.ids]
        assert [word.text for word in step.words] == step.beams[0].text.split()


def test_whole_words_are_proposed(library):
    problem = caption_problem(library, CONFIG.changed(unit="word", candidates=40), tiny_models.picture())
    step = take_step(problem, start_step(problem), 1)
    check_exact(problem, step)
    words = problem.word_source.table.rows
    assert all(candidate.token[1:] in words for candidate in step.candidates)
    assert any(candidate.token_id is None for candidate in step.candidates)
    ids = SourceWords.of(problem.word_source.table, llama().tokenizer, torch.device("cpu")).ids
    assert ids[problem.word_source.table.rows["the"]] == llama().tokenizer.encode_words(["the"])[0]
