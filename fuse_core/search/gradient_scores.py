"""What proposes the next token: first-order scores of the whole vocabulary from a target model's gradient.

A probe word is appended to the prompt and the target's gradient is taken there. ``fuse`` pulls it back to the source's
embedding space with the adapter (arXiv 2408.04816); ``target`` reads it off in the target's own space, the ceiling of
any first-order method. ``lm`` proposes by the language model alone, ``random`` blindly.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fuse_core.search.gradient_route import GradientRoute


def append_scores(route: GradientRoute, prompts: Sequence[str], probe_words: Sequence[str]) -> Tensor:
    """Scores of every source token appended to each prompt as a new word, shape = (prompts, vocabulary).

    Parameters
    ----------
    probe_words : sequence of str
        Words the gradient is taken at in the new token's place, each with its leading space; their gradients are
        averaged. Those that no bucket serves are left out; where none is served all scores are zero.

    Notes
    -----
    One forward and backward pass of the target over ``prompts x probe_words`` texts.
    """
    found = route.at_last_words(route.term.gradients([prompt + word for prompt in prompts for word in probe_words]))
    nothing = route.table.new_zeros(route.width)
    rows = [found[k : k + len(probe_words)] for k in range(0, len(found), len(probe_words))]
    served = [[direction for direction in row if direction is not None] for row in rows]
    return route.scores(torch.stack([torch.stack(row).mean(0) if row else nothing for row in served]))


def standardise(scores: Tensor, allowed: Tensor) -> Tensor:
    """z-scores over the allowed vocabulary, row by row: mean 0 and deviation 1, so the LM's term does not drown them.

    Parameters
    ----------
    scores : Tensor, shape = (prompts, vocabulary)
    allowed : Tensor of bool, shape = (vocabulary,)
    """
    chosen = scores[:, allowed]
    return (scores - chosen.mean(1, keepdim=True)) / chosen.std(1, keepdim=True, correction=0).clamp_min(1e-12)
