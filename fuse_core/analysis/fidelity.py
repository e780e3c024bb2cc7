"""How good is a carried gradient? First-order predictions against true losses over candidate tokens.

Gradient checks do not apply to discrete prompts (the paper, arXiv 2408.04816, leaves validation open). What a search
needs of a gradient is an order: the tokens it ranks high should be those whose true loss is low. So every candidate
token is appended to a context for real, and the predicted order is compared with the true one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fuse_core.analysis.rank_measures import ranks_of_best, spearman
from fuse_core.common import checks
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.vocabulary import Vocabulary

# Words the gradient may be taken at: those a search averages over, and more common nouns.
FIDELITY_PROBE_WORDS = (
    *PROBE_WORDS,
    " tool",
    " item",
    " plant",
    " clothing",
    " scene",
    " design",
    " building",
    " device",
)


@dataclass(frozen=True)
class ContextFidelity:
    """Predicted against true for one picture and one context.

    Attributes
    ----------
    context : str
    tokens : tuple of str
        Candidate tokens, appended to the context as new words.
    losses : ndarray, shape = (candidates,)
        The target's true loss with each candidate appended.
    words : tuple of str
        Linearisation words: where the gradient was taken, each appended to the context.
    predicted : dict of ndarray, each of shape (words, candidates)
        First-order scores by source: higher promises a lower loss; NaN at a word that no bucket of the adapter serves.
        ``random`` is the chance level.
    """

    context: str
    tokens: tuple[str, ...]
    losses: np.ndarray
    words: tuple[str, ...]
    predicted: dict[str, np.ndarray]

    def scores(self, at: Sequence[str]) -> dict[str, np.ndarray]:
        """Scores by source, shape = (candidates,), averaged over those of the words ``at`` that are served."""
        rows = [self.words.index(word) for word in at]
        return {name: _mean_of_served(scores[rows]) for name, scores in self.predicted.items()}

    def spearman(self, at: Sequence[str]) -> dict[str, float]:
        """Rank correlation of each prediction with the true gain; NaN for one that is constant or NaN."""
        return {name: spearman(scores, -self.losses) for name, scores in self.scores(at).items()}

    def ranks(self, at: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Where each prediction ranks the truly best candidates; empty for one that is NaN."""
        return {name: ranks_of_best(scores, -self.losses) for name, scores in self.scores(at).items()}


def _mean_of_served(scores: np.ndarray) -> np.ndarray:
    served = scores[~np.isnan(scores).any(1)]
    return served.mean(0) if len(served) else scores[0]


def draw_candidates(vocabulary: Vocabulary, count: int, seed: int = 0) -> Tensor:
    """A random sample of the tokens that may begin a word, shape = (count,), the same for the same seed."""
    pool = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0].cpu()
    order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))
    return pool[order[: min(count, len(pool))]]


def chance_scores(context: str, words: int, candidates: int) -> np.ndarray:
    """A random order, shape = (words, candidates): the same at every word, another in every context."""
    rng = np.random.default_rng(zlib.crc32(context.encode()))
    return np.tile(rng.random(candidates), (words, 1))


class EncodedTexts:
    """The target model's encodings of candidate texts, made once for all pictures: no picture changes them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Tensor] = {}

    def encode(self, term: ImageTerm, prompts: Sequence[str]) -> Tensor:
        """The encodings that ``term.loss_of`` takes, shape = (prompts, width)."""
        texts = (term.model.key, *map(term.text, prompts))
        if texts not in self._known:
            self._known[texts] = term.read(prompts)
        return self._known[texts]


def measure_context(
    term: ImageTerm,
    context: str,
    candidates: Tensor,
    texts: Sequence[str],
    routes: Mapping[str, GradientRoute],
    words: Sequence[str] = FIDELITY_PROBE_WORDS,
    encoded: EncodedTexts | None = None,
) -> ContextFidelity:
    """Score every candidate truly and by each gradient route, linearised at each word.

    Parameters
    ----------
    term : ImageTerm
    context : str
        The prompt so far.
    candidates : Tensor of int, shape = (candidates,)
    texts : sequence of str
        The text of every token of the vocabulary.
    routes : mapping
        Name -> gradient route of the same term.
    words : sequence of str
        Linearisation words, each with its leading space.
    encoded : EncodedTexts, optional
        Shared by the pictures of a run.

    Raises
    ------
    UserError
        When the context is longer than the model's.

    Notes
    -----
    One target encoding of ``candidates`` texts, where ``encoded`` has them not yet; one forward and backward pass
    over ``words``, shared by the routes.
    """
    checks.text("context", context)
    term.check_length(context + max(words, key=len))
    ids: list[int] = candidates.tolist()
    tokens = tuple(texts[k] for k in ids)
    encodings = (encoded or EncodedTexts()).encode(term, [context + token for token in tokens])
    losses = term.loss_of(encodings).double().cpu().numpy()
    gradients = term.gradients([context + word for word in words])
    predicted = {}
    for name, route in routes.items():
        unserved = route.table.new_full((route.table.shape[1],), float("nan"))
        found = [unserved if direction is None else direction for direction in route.at_last_words(gradients)]
        rows = route.table[candidates.to(route.table.device)]
        predicted[name] = (-torch.stack(found) @ rows.T).double().cpu().numpy()
    predicted["random"] = chance_scores(context, len(words), len(tokens))
    return ContextFidelity(context, tokens, losses, tuple(words), predicted)
