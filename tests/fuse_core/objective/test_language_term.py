"""The language model's losses against the definition, and its gradient against finite differences."""

from __future__ import annotations

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
    wanted, found = log_probs([*context, *text]), log_probs([*context, *ids])
    return float((wanted.exp() * (wanted - found)).sum())


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
def test_the_gradient_is_that_of_the_weighted_loss(kind, suffix):
    mine = term(kind, suffix, weight=3.0)
    mine.model.network.double()
    ids = mine.model.tokenizer.encode(PROMPT)
    gradient = mine.gradient(ids)
    assert gradient.shape == (len(ids), mine.model.embedding_table.shape[1])
    before = len(mine.context())
    direction = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    plain = mine.model.logits_from_embeddings

    def loss(step: float) -> float:
        """The loss with the prompt's embeddings moved: fluency reads the row's own ids as labels."""

        def moved(embeddings: torch.Tensor) -> torch.Tensor:
            shifted = embeddings.clone()
            shifted[0, before : before + len(ids)] += step * direction
            return plain(shifted)

        mine.model.logits = lambda rows: torch.cat(
            [moved(mine.model.embedding_table[torch.tensor(r)][None]) for r in rows]
        )
        try:
            # The reference of the divergence is no function of the prompt.
            reference = term(kind, suffix)
            reference.model.network.double()
            mine._reference = reference._reference
            return 3.0 * float(mine.losses([ids])[0])
        finally:
            del mine.model.logits, mine._reference

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert float((gradient * direction).sum()) == pytest.approx(slope, rel=1e-3, abs=1e-4)


@every_kind
def test_passes_are_counted(kind):
    mine = term(kind)
    ids = mine.model.tokenizer.encode(PROMPT)
    more = 1 if kind == "kl_div" else 0
    mine.losses([ids, ids[:1]])
    assert mine.n_forward_passes == 1 + more
    mine.gradient(ids)
    assert mine.n_forward_passes == 2 + 2 * more


def test_an_empty_prompt_is_perfectly_fluent():
    assert term("nll").losses([[]]).tolist() == [0.0]


def test_the_target_text_counts_towards_the_length():
    term("nll").check_length(50)
    with pytest.raises(UserError, match="tiny-gpt2"):
        term("cross_entropy").check_length(60)


@pytest.mark.parametrize("kind", ["cross_entropy", "kl_div"])
def test_a_text_longer_than_the_context_is_refused_before_the_model_reads_anything(kind):
    long = LanguageTerm(tiny_models.gpt2(), 1.0, "An image of", "", kind, " dog" * 80)
    with pytest.raises(UserError, match=r"text make 8\d tokens, more than the 64 .* Shorten the prefix or"):
        long.check_length(1)
    assert long.n_forward_passes == 0


def test_only_plain_fluency_is_a_running_sum():
    assert term("nll").is_running_sum
    assert not term("nll", suffix="!").is_running_sum
    assert not any(term(kind).is_running_sum for kind in LOSSES if kind != "nll")
