from __future__ import annotations

import pytest
import torch

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.models import prompt_cache
from tests.fuse_core import tiny_models
from tests.fuse_core.recording import record_forwards

PROMPTS = ["An image of", "Hello", "a dog and a rocket in the rain on"]
WORDS = [" a", " cheetah", " kookaburra", " espresso", " supercalifragilistic", " the"]


@pytest.fixture(params=["llama", "gpt2"])
def model(request):
    return getattr(tiny_models, request.param)()


def everything(model):
    prompts = model.tokenizer.encode_batch(PROMPTS)
    words = model.tokenizer.encode_batch(WORDS)
    parents = [k % 3 for k in range(2 * len(words))]
    return prompts, parents, [*words, *words[::-1]]


def from_scratch(model, prompt: list[int], word: list[int]) -> float:
    log_probs = model.logits([[*prompt, *word]])[0].log_softmax(-1)
    return float(sum(log_probs[len(prompt) - 1 + k, token] for k, token in enumerate(word)))


@pytest.mark.parametrize("rows_at_once", [None, 1, 2])
def test_cached_scoring_equals_full_scoring(model, monkeypatch, rows_at_once):
    prompts, parents, words = everything(model)
    assert {len(word) for word in words} >= {1, 3, 5}
    read = model.read(prompts)
    if rows_at_once:
        monkeypatch.setattr(read, "_numbers", lambda tokens: prompt_cache.NUMBERS_PER_BATCH // rows_at_once)
    found = read.log_probs(parents, words)
    expected = [from_scratch(model, prompts[p], word) for p, word in zip(parents, words, strict=True)]
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


def test_next_log_probs_are_those_of_each_prompt_alone(model):
    prompts, _, _ = everything(model)
    read = model.read(prompts)
    for prompt, row in zip(prompts, read.next_log_probs, strict=True):
        torch.testing.assert_close(row, model.logits([prompt])[0, -1].log_softmax(-1), atol=1e-5, rtol=1e-4)


def test_what_may_follow_a_continuation_is_what_may_follow_the_whole(model):
    prompts, parents, words = everything(model)
    found = model.read(prompts).next_after(parents, words)
    whole = [model.logits([[*prompts[p], *word]])[0, -1] for p, word in zip(parents, words, strict=True)]
    torch.testing.assert_close(found, torch.stack(whole).log_softmax(-1), atol=1e-4, rtol=1e-4)


def test_prompts_after_one_that_was_read_are_read_as_the_whole(model):
    prompts, parents, words = everything(model)
    before = [*prompts[2], *prompts[0]]
    read = model.read(prompts, after=model.read([before]))
    for prompt, row in zip(prompts, read.next_log_probs, strict=True):
        whole = model.logits([[*before, *prompt]])[0, -1].log_softmax(-1)
        torch.testing.assert_close(row, whole, atol=1e-4, rtol=1e-4)
    expected = [from_scratch(model, [*before, *prompts[p]], word) for p, word in zip(parents, words, strict=True)]
    assert read.log_probs(parents, words).tolist() == pytest.approx(expected, abs=1e-4)


def test_scoring_leaves_the_prompts_as_they_were(model):
    prompts, parents, words = everything(model)
    read = model.read(prompts)
    assert torch.equal(read.log_probs(parents, words), read.log_probs(parents, words))


def test_words_of_one_token_need_no_further_pass_and_all_passes_are_counted(model, request):
    prompts, parents, words = everything(model)
    passes, counted = record_forwards(model.network, request), []
    read = model.read(prompts, lambda: counted.append(1))
    read.log_probs([0, 2], [words[0], words[5]])
    assert passes == [3]
    read.log_probs(parents, words)
    assert len(passes) == len(counted) == model.n_forward_passes == 2
    assert passes[1] == sum(len(word) > 1 for word in words)


def test_nothing_to_score_is_an_empty_answer(model):
    assert model.read([[5]]).log_probs([], []).shape == (0,)


def test_batches_keep_to_the_memory_limits(model, monkeypatch, request):
    prompts, parents, words = everything(model)
    monkeypatch.setattr(model, "_numbers_limit", BatchLimit(50257 * 4, 8))
    passes = record_forwards(model.network, request)
    model.read(prompts).log_probs(parents, words)
    assert max(passes[1:]) <= 4
    assert sum(passes[1:]) == sum(len(word) > 1 for word in words)
