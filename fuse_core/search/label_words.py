"""What a classifier makes of whole words, so that words are retrieved for a picture and a label together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models.protocols import KnowsWords
from fuse_core.objective.label_term import LabelTerm
from fuse_core.search.word_table import WordTable, word_table


@dataclass(frozen=True)
class LabelWords:
    """A classifier's term and its reading of every word of a table.

    Attributes
    ----------
    term : LabelTerm
    log_probs : Tensor, shape = (words, labels)
        Of each word alone.
    carries : Tensor of bool or None, shape = (words,)
        Which words say the label, by people who rated words for the classifier; None where nobody did.
    """

    term: LabelTerm
    log_probs: Tensor = field(repr=False)
    carries: Tensor | None = field(repr=False, default=None)

    @classmethod
    def of(cls, library: Library, term: LabelTerm, key: str, progress: Progress | None = None) -> LabelWords:
        """Read a table's words with the classifier of that catalog key, once and kept."""
        table = word_table(library, key, progress)
        return cls(term, table.vectors, _carries(term, table))

    def estimates(self, prompts: Sequence[str], pull: float) -> Tensor:
        """Weighted log-probability of the label once each word follows each prompt, shape = (prompts, words).

        The geometric mean of what the classifier says of the prompt and, ``pull`` times, of the word. One encoding a
        prompt.
        """
        here = self.term.read(prompts)  # (prompts, labels)
        mixed = (here.unsqueeze(1) + pull * self.log_probs) / (1.0 + pull)  # (prompts, words, labels)
        losses = self.term.loss_of(mixed.log_softmax(-1).flatten(0, 1))
        return -self.term.weight * losses.view(len(prompts), -1)


def _carries(term: LabelTerm, table: WordTable) -> Tensor | None:
    if not isinstance(term.model, KnowsWords):
        return None
    rated = [term.model.word_labels.get(word) == term.label for word in table.corpus.words]
    return torch.tensor(rated, device=table.vectors.device)
