"""Words retrieved for a picture, and how a language model cuts them.

Beyond the paper (arXiv 2408.04816). A word of several tokens is hard to reach token by token, since its first token
alone means nothing to the image-text model, and a gradient ranks it low. So words are retrieved: the text vector of
"prompt and word" is about the prompt's own plus the word's from a table made beforehand, and its cosine with the
picture ranks the words, together with what the classifiers of the run make of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.gradient_scores import standardise
from fuse_core.search.label_words import LabelWords
from fuse_core.search.word_table import WordTable
from fuse_core.words.tokenizer import WordTokenizer

# Weight of a word's vector against the prompt's: 1.0 to 2.5 rank almost alike.
PULL = 1.5


@dataclass(frozen=True)
class SourceWords:
    """The words of a table as the language model's tokens.

    Attributes
    ----------
    ids : list of tuple of int
        Tokens of each word with a leading space.
    first : Tensor of int, shape = (words,)
        Their first tokens.
    rest : Tensor, shape = (words,)
        An estimate of the log-probability of the other tokens after the first: the word's share of running text among
        the table's words with that first token. It only preselects; proposals are scored by the model.
    """

    ids: list[tuple[int, ...]] = field(repr=False)
    first: Tensor
    rest: Tensor

    @classmethod
    def of(cls, table: WordTable, tokenizer: WordTokenizer, device: torch.device) -> SourceWords:
        """Cut every word of a table. Cost: one pass over the words, no model."""
        ids = tokenizer.encode_words(table.corpus.words)
        weights = table.corpus.weights
        shares: defaultdict[int, float] = defaultdict(float)
        for row, weight in zip(ids, weights, strict=True):
            shares[row[0]] += weight
        shared = (shares[row[0]] if len(row) > 1 else weight for row, weight in zip(ids, weights, strict=True))
        rest = [weight / total for weight, total in zip(weights, shared, strict=True)]
        first = torch.tensor([row[0] for row in ids], device=device)
        return cls(ids, first, torch.tensor(rest, device=device).log())


@dataclass(frozen=True)
class WordSource:
    """Where word proposals of a run come from.

    Attributes
    ----------
    table : WordTable
    words : SourceWords
    term : ImageTerm or None
        Whose picture the words are retrieved for; None for guidance that does not look at it, or where there is none.
    labels : tuple of LabelWords
        The classifiers whose labels the words are retrieved for as well.
    """

    table: WordTable
    words: SourceWords
    term: ImageTerm | None
    labels: tuple[LabelWords, ...] = ()

    def scores(self, prompts: Sequence[str]) -> Tensor:
        """How promising each word is after each prompt, standardised, shape = (prompts, words).

        Estimates of the picture's cosine and of the labels' log-probabilities, in the objective's weights. One text
        encoding a prompt and term, and one ``(words, width) x (width, prompts)`` product; zeros where neither is asked.
        """
        vectors = self.table.vectors
        estimates = [label.estimates(prompts, PULL) for label in self.labels]
        if self.term is not None:
            weight = self.term.weight if estimates else 1.0
            estimates.append(weight * self.picture_estimates(prompts))
        if not estimates:
            return vectors.new_zeros(len(prompts), len(vectors))
        estimate = torch.stack(estimates[::-1]).sum(0)
        return standardise(estimate, torch.ones(len(vectors), dtype=torch.bool, device=vectors.device))

    def picture_estimates(self, prompts: Sequence[str]) -> Tensor:
        """The picture's cosine with each prompt once each word follows it, shape = (prompts, words)."""
        vectors, term = self.table.vectors, self.term
        assert term is not None
        here = term.read(prompts)  # (prompts, width)
        towards = here @ term.image + PULL * (vectors @ term.image).unsqueeze(1)  # (words, prompts)
        length = (1.0 + PULL**2 + 2.0 * PULL * (vectors @ here.T)).sqrt()
        return (towards / length).T
