"""How good is a carried gradient? First-order predictions against true losses over candidate tokens.

Gradient checks do not apply to discrete prompts (the paper, arXiv 2408.04816, leaves validation open). What a search
needs of a gradient is an order: the tokens it ranks high should be those whose true loss is low. So every candidate
token is appended to a context for real, and the predicted order is compared with the true one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from fuse_core.common import checks
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.objective.objective import ImageTerm
from fuse_core.search.config import PROBE_WORDS, CaptionConfig
from fuse_core.search.gradient_route import GradientRoute
from fuse_core.search.problem import caption_problem
from fuse_core.search.vocabulary import Vocabulary

BEST, WITHIN = 16, 256
CONTEXTS = ("", " a", " a photograph of the", " a person with a")

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


def spearman(predicted: Sequence[float] | np.ndarray, true: Sequence[float] | np.ndarray) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN when one side is constant."""
    ranks = np.stack([pd.Series(np.asarray(v)).rank().to_numpy() for v in (predicted, true)])
    if np.ptp(ranks, axis=1).min() == 0:
        return float("nan")
    return float(np.corrcoef(ranks)[0, 1])


def recall(predicted: np.ndarray, gain: np.ndarray, best: int = BEST, within: int = WITHIN) -> float:
    """Share of the ``best`` candidates of highest gain that are among the ``within`` predicted best."""
    truly = set(np.argsort(-gain, kind="stable")[:best].tolist())
    found = set(np.argsort(-predicted, kind="stable")[:within].tolist())
    return len(truly & found) / len(truly)


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
        """Scores by source, shape = (candidates,), averaged over the linearisation words ``at``."""
        rows = [self.words.index(word) for word in at]
        return {name: scores[rows].mean(0) for name, scores in self.predicted.items()}

    def spearman(self, at: Sequence[str]) -> dict[str, float]:
        """Rank correlation of each prediction with the true gain."""
        return {name: spearman(scores, -self.losses) for name, scores in self.scores(at).items()}

    def recall(self, at: Sequence[str], best: int = BEST, within: int = WITHIN) -> dict[str, float]:
        """Share of the true best found by each prediction."""
        return {name: recall(scores, -self.losses, best, within) for name, scores in self.scores(at).items()}


def draw_candidates(vocabulary: Vocabulary, count: int, seed: int = 0) -> Tensor:
    """A random sample of the tokens that may begin a word, shape = (count,), the same for the same seed."""
    pool = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0].cpu()
    order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))
    return pool[order[: min(count, len(pool))]]


class EncodedTexts:
    """What the target model reads of candidate texts, encoded once for all pictures: no picture changes it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Tensor] = {}

    def of(self, term: ImageTerm, prompts: Sequence[str]) -> Tensor:
        """The readings that ``term.loss_of`` takes, shape = (prompts, width)."""
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
    readings: EncodedTexts | None = None,
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
    readings : Readings, optional
        Shared by the pictures of a run.

    Raises
    ------
    UserError
        When the context is longer than the model's.

    Notes
    -----
    One target encoding of ``candidates`` texts, where ``readings`` has them not yet; one forward and backward pass
    over ``words``, shared by the routes.
    """
    checks.text("context", context)
    term.check_length(context + max(words, key=len))
    ids: list[int] = candidates.tolist()
    tokens = tuple(texts[k] for k in ids)
    read = (readings or EncodedTexts()).of(term, [context + token for token in tokens])
    losses = term.loss_of(read).double().cpu().numpy()
    gradients = term.gradients([context + word for word in words])
    predicted = {}
    for name, route in routes.items():
        unserved = route.table.new_full((route.table.shape[1],), float("nan"))
        found = [unserved if direction is None else direction for direction in route.at_last_words(gradients)]
        rows = route.table[candidates.to(route.table.device)]
        predicted[name] = (-torch.stack(found) @ rows.T).double().cpu().numpy()
    chance = np.random.default_rng(zlib.crc32(context.encode()))
    predicted["random"] = np.tile(chance.random(len(tokens)), (len(words), 1))
    return ContextFidelity(context, tokens, losses, tuple(words), predicted)


@dataclass(frozen=True)
class FidelityProbe:
    """Everything that is set up once for a picture: ``measure`` then takes a context.

    Attributes
    ----------
    term : ImageTerm
    vocabulary : Vocabulary
    routes : dict
        ``fuse`` (pair buckets), ``fuse-target`` (the paper's) and ``native``.
    readings : Readings
        Shared by the pictures of a run.
    """

    term: ImageTerm
    vocabulary: Vocabulary
    routes: dict[str, GradientRoute]
    readings: EncodedTexts

    @classmethod
    def of(
        cls,
        library: Library,
        config: CaptionConfig,
        image: Image.Image,
        readings: EncodedTexts,
        progress: Progress | None = None,
    ) -> Self:
        """Load the models and fit both adapters where they are not there yet."""
        config = replace(config, unit="token")  # no word table: whole words are not what is measured
        variants = {
            "fuse": replace(config, guidance="fuse", bucketing="pair"),
            "fuse-target": replace(config, guidance="fuse", bucketing="target"),
            "native": replace(config, guidance="native"),
        }
        vector = library.image_text(config.target).encode_image(image)
        problems = {name: caption_problem(library, settings, vector, progress) for name, settings in variants.items()}
        routes = {name: problem.routes[0] for name, problem in problems.items()}
        return cls(problems["fuse"].objective.targets[0], problems["fuse"].vocabulary, routes, readings)

    def measure(self, context: str, candidates: int, words: Sequence[str] = FIDELITY_PROBE_WORDS) -> ContextFidelity:
        """Fidelity in one context, over the same random candidates for every picture and context."""
        drawn = draw_candidates(self.vocabulary, candidates)
        return measure_context(self.term, context, drawn, self.vocabulary.texts, self.routes, words, self.readings)
