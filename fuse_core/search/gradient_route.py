"""The one route by which a target's gradient reaches the search (FUSE, arXiv 2408.04816).

``gradient at the target's words`` -> ``pulled back to the space the source's tokens are scored in`` -> ``scores``.
AutoDAN takes it at a probe word after the prompt, GCG and PEZ at every token of the prompt, and the page colours words
by its strength there. ``fuse`` pulls back through the adapter; the target's own gradient stays in the target's space,
the ceiling of any first-order method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.transport import merge_or_zero, pull_back
from fuse_core.objective.target_term import TargetGradient, TargetTerm
from fuse_core.words.tokenizer import WordTokenizer


@dataclass(frozen=True)
class GradientRoute:
    """From one target term's gradient to scores of the source's tokens.

    Attributes
    ----------
    term : TargetTerm
    table : Tensor, shape = (vocabulary, d)
        What the source's tokens are scored with: their own embeddings, or with the target's for their texts
        (``target_token_table``).
    adapter : Adapter or None
        Pulls gradients back to the source's space; None leaves them in the target's.
    """

    term: TargetTerm
    table: Tensor = field(repr=False)
    adapter: Adapter | None = None

    @property
    def in_source_space(self) -> bool:
        """Whether what is pulled back is a gradient at the source's embeddings, so that it adds to others there."""
        return self.adapter is not None

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
            None for a word that no bucket serves. In the target's space each of the ``i`` tokens gets the sum over the
            word's slots, divided by ``i``: ``table`` has one mean embedding a token, so a word is taken as the mean of
            its tokens' rows in every slot, and what a token changes there is summed.
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
        """The gradient at each text's last prompt word, as if one source token stood there, each of shape (d,).

        None where no bucket serves such a word.
        """
        pulled = self.pull_back([gradient.at_last_word for gradient in gradients], [1] * len(gradients))
        return [None if word is None else word[0, :, 0] for word in pulled]

    def scores(self, directions: Tensor) -> Tensor:
        """Predicted fall of the weighted loss, up to a constant, for every source token in the place of a gradient.

        Shape (n, d) -> (n, vocabulary); higher is better. One ``vocabulary x d`` product.
        """
        return -directions @ self.table.T


def target_token_table(source: WordTokenizer, target: WordTokenizer, table: Tensor, size: int) -> Tensor:
    """Mean target embedding of every source token's text, shape = (size, d_tgt). Cost: one pass over the vocabulary."""
    result = torch.zeros(size, table.shape[1], dtype=table.dtype, device=table.device)
    for k, ids in enumerate(target.encode_batch(source.token_texts[:size])):
        if ids:
            result[k] = table[torch.tensor(ids, device=table.device)].mean(0)
    return result
