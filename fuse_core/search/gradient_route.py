"""The one route by which a target's gradient reaches the search (FUSE, arXiv 2408.04816).

``gradient at the target's words`` -> ``pulled back to the space the source's tokens are scored in`` -> ``scores``.
AutoDAN takes it at a probe word after the prompt, GCG and PEZ at every token of the prompt, and the page colours words
by its strength there. ``fuse`` pulls back through the adapter; the target's own gradient stays in the target's space,
the ceiling of any first-order method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.transport import merge_or_zero, pull_back
from fuse_core.objective.target_term import TargetGradient, TargetTerm

ROWS = 8192  # of a table of half precision, widened at a time


@dataclass(frozen=True)
class GradientRoute:
    """From one target term's gradient to scores of the source's tokens.

    Attributes
    ----------
    term : TargetTerm
    table : Tensor, shape = (vocabulary, d)
        What the source's tokens are scored with: their own embeddings, or with the target's for their texts
        (``text_means``).
    adapter : Adapter or None
        Pulls gradients back to the source's space; None leaves them in the target's.
    features : Tensor or None, shape = (vocabulary, m)
        What the adapter maps words of one source token from, where that is not ``table``: gradients there are pulled
        back to features, and tokens in their place are scored with theirs.
    """

    term: TargetTerm
    table: Tensor = field(repr=False)
    adapter: Adapter | None = None
    features: Tensor | None = field(default=None, repr=False)

    @property
    def in_source_space(self) -> bool:
        """Whether what is pulled back is a gradient at the source's embeddings, so that it adds to others there."""
        return self.adapter is not None and self.features is None

    @property
    def width(self) -> int:
        """Numbers of a gradient at a word of one source token."""
        return self._table_of(1).shape[1]

    def _table_of(self, i: int) -> Tensor:
        """What tokens are scored with in a word of ``i`` source tokens."""
        return self.table if self.features is None or i > 1 else self.features

    def pull_back(self, words: Sequence[Tensor], lengths: Sequence[int]) -> list[Tensor | None]:
        """Gradients at words, taken to the space of ``table``.

        Parameters
        ----------
        words : sequence of Tensor, each of shape (1, d_tgt, j)
        lengths : sequence of int
            Source tokens ``i`` of every word.

        Returns
        -------
        list of Tensor, each of shape (1, d, i)
            None for a word that no bucket serves; under ``features`` of width m where ``i`` is 1. In the target's space
            each of the ``i`` tokens gets the sum over the word's slots, divided by ``i``: ``table`` has one mean
            embedding a token, so a word is taken as the mean of its tokens' rows in every slot, and what a token
            changes there is summed.
        """
        if self.adapter is not None:
            return pull_back(words, self.adapter, lengths)
        return [g.sum(2, keepdim=True).expand(-1, -1, i) / i for g, i in zip(words, lengths, strict=True)]

    def at_words(self, prompt: str, lengths: Sequence[int]) -> list[Tensor | None]:
        """The gradient at every word of a prompt, each of shape (1, d, i). One forward and backward pass."""
        (gradient,) = self.term.gradients([prompt])
        return self.pull_back(gradient.of_prompt, lengths)

    def at_tokens(self, prompt: str, lengths: Sequence[int]) -> Tensor:
        """The gradient at every source token of a prompt, shape = (tokens, d); zero where no bucket serves the word.

        ``lengths`` are the source tokens of its words. One forward and backward pass.
        """
        return merge_or_zero(self.at_words(prompt, lengths), lengths, self.table.new_zeros(self.table.shape[1]))

    def at_last_words(self, gradients: Sequence[TargetGradient]) -> list[Tensor | None]:
        """The gradient at each text's last prompt word, as if one source token stood there, each of shape (width,).

        None where no bucket serves such a word.
        """
        pulled = self.pull_back([gradient.at_last_word for gradient in gradients], [1] * len(gradients))
        return [None if word is None else word[0, :, 0] for word in pulled]

    def scores(self, directions: Tensor) -> Tensor:
        """Predicted fall of the weighted loss, up to a constant, for every source token as a word of its own.

        Shape (n, width) -> (n, vocabulary); higher is better. One ``vocabulary x width`` product.
        """
        return _scores(directions, self._table_of(1))

    def scores_of(self, ids: Tensor, directions: Tensor) -> Tensor:
        """``scores`` of some tokens alone, shape (n, width) -> (n, len(ids))."""
        table = self._table_of(1)
        return _scores(directions, table[ids.to(table.device)])

    def scores_at_tokens(self, prompt: str, lengths: Sequence[int]) -> Tensor:
        """Predicted fall of the weighted loss for every source token in the place of every token of a prompt.

        Shape = (tokens, vocabulary), up to a constant a place; zero where no bucket serves the word. ``lengths`` are
        the source tokens of its words. One forward and backward pass.
        """
        found = self.table.new_zeros(sum(lengths), self.table.shape[0])
        rows: dict[bool, list[tuple[int, Tensor]]] = {True: [], False: []}  # by whether the word is one token
        starts = accumulate(lengths, initial=0)
        for start, i, word in zip(starts, lengths, self.at_words(prompt, lengths), strict=False):
            if word is not None:
                rows[i == 1] += [(start + k, direction) for k, direction in enumerate(word[0].T)]
        for single, members in rows.items():
            if members:
                places, directions = zip(*members, strict=True)
                found[list(places)] = _scores(torch.stack(directions), self._table_of(1 if single else 2))
        return found


def _scores(directions: Tensor, table: Tensor) -> Tensor:
    """``-directions @ table.T``; a table of half precision is widened a part at a time."""
    parts = [table] if table.dtype == directions.dtype else table.split(ROWS)
    return torch.cat([-directions @ part.to(directions.dtype).T for part in parts], dim=1)
