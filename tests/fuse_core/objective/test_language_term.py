"""The language model's losses against the definition, and their gradients against finite differences of mixtures."""

from __future__ import annotations

import math

import pytest
import torch

from fuse_core.common.errors import UserError
from fuse_core.objective.language_term import LanguageTerm
from fuse_core.objective.losses.loss import LOSSES
from tests.fuse_core import tiny_models

PROMPT = " a small dog"
every_kind = pytest.mark.parametrize("kind", LOSSES)
every_suffix = pytest.mark.parametrize("suffix", ["", " in the rain"])


def term(kind: str, suffix: str = "", weight: float = 1.0) -> LanguageTerm:
    return LanguageTerm(tiny_models.gpt2(), weight, "An image of", suffix, kind, " and it runs")


def slow(model, kind: str, prompt: str, suffix: str) -> float:
    """The loss from the definition, token by token."""
    encode = model.tokenizer.encode
    context = [model.start_id, *encode("An image of")]
    ids = [*encode(prompt), *encode(suffix)]
    text = encode(" and it runs")

    def log_probs(before: list[int]) -> torch.Tensor:
        return model.logits([before])[0, -1].double().log_softmax(-1)

    def total(before: list[int], after: list[int]) -> float:
        return -sum(float(log_probs([*before, *after[:k]])[token]) for k, token in enumerate(after))

    if kind == "nll":
        return total(context, ids) / len(ids)
    if kind == "log_prob":
        return total(context, ids)
    if kind == "cross_entropy":
        return total([*context, *ids], text) / len(text)
    if kind == "mellowmax":
        each = [total([*context, *ids, *text[:k]], [token]) for k, token in enumerate(text)]
        return math.log(sum(map(math.exp, each)) / len(each))
    if kind == "kl_prompt":
        table = model.embedding_table.double()
        own = (table[torch.tensor(ids)] @ torch.linalg.pinv(table)).log_softmax(-1)
        predicted = torch.stack([log_probs([*context, *ids[:k]]) for k in range(len(ids))])
        return float((predicted.exp() * (predicted - own)).sum()) / len(ids)
    wanted, found = log_probs([*context, *text]), log_probs([*context, *ids])
    return float((wanted.exp() * (wanted - found)).sum())


def mixed(model, kind: str, mixtures: torch.Tensor, suffix: str) -> float:
    """The loss from the definition where every token of the prompt is a mixture of the vocabulary.

    A mixture is read as the mean embedding of its tokens and wanted as the mean of their log-probabilities.
    """
    encode, table = model.tokenizer.encode, model.embedding_table
    context, text = [model.start_id, *encode("An image of")], encode(" and it runs")
    wanted = torch.cat([mixtures, torch.nn.functional.one_hot(torch.tensor(encode(suffix)).long(), len(table))])
    more = table[torch.tensor(text)]
    rows = torch.cat([table[torch.tensor(context)], wanted.to(table) @ table, more])
    log_probs = model.network(inputs_embeds=rows[None]).logits[0].log_softmax(-1)
    c, n = len(context), len(wanted)
    before = log_probs[c - 1 : c + n - 1]
    if kind in ("nll", "log_prob"):
        total = -float((wanted * before).sum())
        return total / n if kind == "nll" else total
    if kind == "cross_entropy":
        return -float(sum(log_probs[c + n - 1 + k, token] for k, token in enumerate(text))) / len(text)
    if kind == "mellowmax":
        each = [-float(log_probs[c + n - 1 + k, token]) for k, token in enumerate(text)]
        return math.log(sum(map(math.exp, each)) / len(each))
    if kind == "kl_prompt":
        own = (rows[c : c + n] @ torch.linalg.pinv(table)).log_softmax(-1)
        return float((before.exp() * (before - own)).sum()) / n
    reference = torch.cat([table[torch.tensor(context)], more])
    after = model.network(inputs_embeds=reference[None]).logits[0, -1].log_softmax(-1)
    return float((after.exp() * (after - log_probs[c + n - 1])).sum())


@every_kind
@every_suffix
def test_losses_are_those_of_the_definition(kind, suffix):
    mine = term(kind, suffix)
    encode = mine.model.tokenizer.encode
    prompts = [PROMPT, " a cat", " two dogs in the park"]
    found = mine.losses([encode(prompt) for prompt in prompts])
    assert found.tolist() == pytest.approx([slow(mine.model, kind, p, suffix) for p in prompts], abs=1e-4)


@every_kind
@every_suffix
def test_the_gradient_is_that_of_the_weighted_loss_of_mixtures(kind, suffix):
    mine = term(kind, suffix, weight=3.0)
    model = mine.model
    model.network.double()
    ids, table = model.tokenizer.encode(PROMPT), model.embedding_table
    found = mine.gradient(ids)
    assert found.inputs.shape == (len(ids), table.shape[1])
    tokens = torch.nn.functional.one_hot(torch.tensor(ids), len(table)).double()
    for place, other in ((0, 1200), (1, 262), (2, 5000)):
        step = torch.zeros_like(tokens)
        step[place, other], step[place, ids[place]] = 1e-4, -1e-4
        with torch.no_grad():
            up, down = (mixed(model, kind, tokens + sign * step, suffix) for sign in (1, -1))
        slope = found.inputs[place] @ (table[other] - table[ids[place]])
        if found.labels is not None:
            slope = slope + found.labels[place, other] - found.labels[place, ids[place]]
        assert float(slope) == pytest.approx(3.0 * (up - down) / 2e-4, rel=1e-4, abs=1e-6)


def test_only_fluency_takes_the_prompt_for_labels():
    ids = tiny_models.gpt2().tokenizer.encode(PROMPT)
    labels = {kind: term(kind).gradient(ids).labels for kind in LOSSES}
    assert [kind for kind, found in labels.items() if found is not None] == ["nll", "log_prob"]
    torch.testing.assert_close(labels["log_prob"], len(ids) * labels["nll"])
    assert labels["nll"].shape == (len(ids), 50257)


@every_kind
def test_passes_are_counted(kind):
    mine = term(kind)
    ids = mine.model.tokenizer.encode(PROMPT)
    more = 1 if kind == "kl_reference" else 0
    mine.losses([ids, ids[:1]])
    assert mine.n_forward_passes == 1 + more
    mine.gradient(ids)
    assert mine.n_forward_passes == 2 + 2 * more


def test_a_long_prefix_is_read_once_and_counts_as_the_whole():
    mine = term("nll")
    mine.prefix = "An image of a dog in the rain.\n" * 3 + "An image of"
    rows = [mine.model.tokenizer.encode(prompt) for prompt in (PROMPT, " a cat")]
    for passes in (2, 3):
        read = mine.read([*rows, []])
        assert mine.n_forward_passes == passes
        full = mine.next_log_probs([*rows, []])
        torch.testing.assert_close(read.next_log_probs, full, atol=1e-4, rtol=1e-4)
        mine.n_forward_passes = passes


def test_an_empty_prompt_is_perfectly_fluent():
    assert term("nll").losses([[]]).tolist() == [0.0]


def test_the_target_text_counts_towards_the_length():
    term("nll").check_length(50)
    with pytest.raises(UserError, match="tiny-gpt2"):
        term("cross_entropy").check_length(60)


@pytest.mark.parametrize("kind", ["cross_entropy", "kl_reference"])
def test_a_text_longer_than_the_context_is_refused_before_the_model_reads_anything(kind):
    long = LanguageTerm(tiny_models.gpt2(), 1.0, "An image of", "", kind, " dog" * 80)
    with pytest.raises(UserError, match=r"text make 8\d tokens, more than the 64 .* Shorten the prefix or"):
        long.check_length(1)
    assert long.n_forward_passes == 0


def test_only_plain_fluency_is_a_running_sum():
    assert term("nll").is_running_sum
    assert not term("nll", suffix="!").is_running_sum
    assert not any(term(kind).is_running_sum for kind in LOSSES if kind != "nll")


@every_kind
@every_suffix
def test_a_long_prefix_is_read_once_and_the_losses_are_the_same(kind, suffix, monkeypatch):
    model, examples = tiny_models.gpt2(), "A dog runs in the park. A cat sleeps on a sofa near the window.\nAn image of"
    prompts = [model.tokenizer.encode(text) for text in (PROMPT, " a cat", "", " two birds on a very old roof")]
    kept = LanguageTerm(model, 1.0, examples, suffix, kind, " and it runs")
    lengths = []
    forward = model.network.forward
    monkeypatch.setattr(model.network, "forward", lambda **k: lengths.append(k["input_ids"].shape[1]) or forward(**k))
    found = kept.losses(prompts)
    again = len(lengths)
    kept.losses(prompts)
    if kind != "kl_reference":  # which reads its own text after the prefix
        assert max(lengths[again:]) < len(kept.context())
    monkeypatch.setattr("fuse_core.objective.language_term.LONG", 1000)
    whole = LanguageTerm(model, 1.0, examples, suffix, kind, " and it runs").losses(prompts)
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-5)
