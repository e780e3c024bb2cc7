"""Prompts a causal language model has read, their keys and values kept: continuations cost their own tokens only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from fuse_core.common.batch_limit import BatchLimit
from fuse_core.models.batching import padded
from fuse_core.tensor.precision import widened

NUMBERS_PER_BATCH = 1 << 26  # of logits, or of keys and values: every continuation takes a copy of its prompt's


def numbers_limit() -> BatchLimit:
    """Numbers at a time, in float32, each with its like beside it: 256 MiB on a processor, and as much again."""
    return BatchLimit(NUMBERS_PER_BATCH, 2 * 4)


def last_logits(network: nn.Module, last: Tensor, **read: Any) -> Tensor:
    """Logits after one token of each row alone: with a large vocabulary those of a token cost as much as some layers.

    Parameters
    ----------
    last : Tensor, shape = (rows,)
        Which token of each, counted among those that are read.
    read : dict
        What the network is called with.

    Returns
    -------
    Tensor, shape = (rows, vocabulary)
        In single precision or wider.
    """
    kept, place = torch.unique(last, return_inverse=True)
    logits = network(**read, logits_to_keep=kept).logits
    return widened(logits[torch.arange(len(last), device=last.device), place])


def at_places(places: range | None, device: torch.device) -> dict[str, Tensor]:
    """What a network is called with besides, so that it makes logits at some places of its rows alone."""
    return {} if places is None else {"logits_to_keep": torch.tensor(places, dtype=torch.long, device=device)}


class PromptCache:
    """Keys, values and next-token probabilities of some prompts. Construction is one batched forward pass.

    Parameters
    ----------
    network : PreTrainedModel
        An ``AutoModelForCausalLM``.
    prompts : sequence of sequence of int
        At least one token each; right-padded, the padding masked.
    counted : callable
        Called at every forward pass, this one included.
    after : PromptCache, optional
        Of one prompt, which all of these continue: their tokens after it are given, and cost their own length only.
    limit : BatchLimit, optional
        Of the numbers that continuations take at a time.

    Attributes
    ----------
    next_log_probs : Tensor, shape = (prompts, vocabulary)
    """

    @torch.no_grad()
    def __init__(
        self,
        network: nn.Module,
        prompts: Sequence[Sequence[int]],
        counted: Callable[[], None],
        after: PromptCache | None = None,
        limit: BatchLimit | None = None,
    ) -> None:
        self.network = network
        self._limit = limit or numbers_limit()
        self.counted = counted
        counted()
        device = network.get_input_embeddings().weight.device  # type: ignore[operator]
        ids, mask = padded(prompts, device)
        cache = self._empty()
        if after is not None:
            for k, (keys, values) in enumerate(after._layers):
                cache.update(keys.expand(len(ids), -1, -1, -1), values.expand(len(ids), -1, -1, -1), k)
        shared = mask.new_zeros(len(ids), 0) if after is None else after._mask.expand(len(ids), -1)
        self._mask = torch.cat([shared, mask], dim=1)
        self._lengths = self._mask.sum(1)
        last = mask.sum(1) - 1
        read = {"input_ids": ids, "attention_mask": self._mask, "past_key_values": cache, "use_cache": True}
        self.next_log_probs = last_logits(network, last, **read).log_softmax(-1)
        layers: list = list(cache.layers)  # whose types know of layers without keys, too
        self._layers: list[tuple[Tensor, Tensor]] = [(layer.keys, layer.values) for layer in layers]

    def log_probs(self, parents: Sequence[int], continuations: Sequence[Sequence[int]]) -> Tensor:
        """Log-probability of each continuation after its prompt, in nats, shape = (continuations,).

        Parameters
        ----------
        parents : sequence of int
            Which prompt each continues.
        continuations : sequence of sequence of int
            At least one token each. Those of one token need no forward pass.
        """
        if not continuations:
            return self.next_log_probs.new_zeros(0)
        first = torch.tensor([row[0] for row in continuations], device=self._mask.device)
        result = self.next_log_probs[torch.tensor(parents, device=first.device), first].clone()
        longer = [k for k, row in enumerate(continuations) if len(row) > 1]
        # By length, so that a batch has little padding.
        longer.sort(key=lambda k: len(continuations[k]))

        def first_batch(numbers: int) -> int:
            size = max(1, numbers // self._numbers(len(continuations[longer[-1]])))
            batch = longer[:size]
            result[batch] += self._later([parents[k] for k in batch], [continuations[k] for k in batch])
            return size

        while longer:
            wanted = len(longer) * self._numbers(len(continuations[longer[-1]]))
            longer = longer[self._limit.attempt(first.device, wanted, first_batch) :]
        return result

    def next_after(self, parents: Sequence[int], continuations: Sequence[Sequence[int]]) -> Tensor:
        """Log-probabilities of every token after a prompt and its continuation, shape = (continuations, vocabulary).

        Parameters
        ----------
        parents, continuations
            As for ``log_probs``; at least one. One forward pass over the continuations' tokens.
        """
        read, mask = self._continued(parents, continuations)
        with torch.no_grad():
            return last_logits(self.network, mask.sum(1) - 1, **read).log_softmax(-1)

    def after_each(self, continuations: Sequence[Sequence[int]], places: range | None = None) -> Tensor:
        """Log-probabilities of every token after each token of continuations of the first prompt, right-padded.

        Shape = (continuations, longest or places, vocabulary): after all tokens, or after those at some places of the
        continuations. One forward pass over the continuations' tokens.
        """
        return self._forward([0] * len(continuations), continuations, places)[0]

    def _later(self, parents: list[int], rows: list[Sequence[int]]) -> Tensor:
        """Summed log-probabilities of all tokens but each row's first."""
        found, mask = self._forward(parents, [row[:-1] for row in rows])
        wanted, _ = padded([row[1:] for row in rows], found.device)
        return (found.gather(2, wanted.unsqueeze(2)).squeeze(2) * mask).sum(1)

    @torch.no_grad()
    def _forward(
        self, parents: Sequence[int], rows: Sequence[Sequence[int]], places: range | None = None
    ) -> tuple[Tensor, Tensor]:
        """Log-probabilities after each token of each row, shape = (rows, longest, vocabulary), and the rows' mask."""
        read, mask = self._continued(parents, rows)
        return widened(self.network(**read, **at_places(places, mask.device)).logits).log_softmax(-1), mask

    def _continued(self, parents: Sequence[int], rows: Sequence[Sequence[int]]) -> tuple[dict[str, Any], Tensor]:
        """What the network is called with to read rows after their prompts, and the rows' mask."""
        self.counted()
        device = self._mask.device
        chosen = torch.tensor(parents, device=device)
        inputs, mask = padded(rows, device)
        cache = self._empty()
        for k, (keys, values) in enumerate(self._layers):
            cache.update(keys[chosen], values[chosen], k)
        # Positions follow each prompt's own length: the padding between prompt and continuation is masked.
        positions = self._lengths[chosen].unsqueeze(1) + torch.arange(inputs.shape[1], device=device)
        read = {
            "input_ids": inputs,
            "attention_mask": torch.cat([self._mask[chosen], mask], dim=1),
            "position_ids": positions,
            "past_key_values": cache,
            "use_cache": True,
        }
        return read, mask

    def _numbers(self, tokens: int) -> int:
        """That a continuation of so many tokens takes: its prompt's keys and values, or its logits."""
        kept = sum(keys[0].numel() + values[0].numel() for keys, values in self._layers)
        return max(kept, (tokens - 1) * self.next_log_probs.shape[1])

    def _empty(self) -> DynamicCache:
        return DynamicCache(config=self.network.config)  # type: ignore[arg-type]
