"""How good is a carried gradient? First-order predictions against true losses over candidate tokens.

Gradient checks do not apply to discrete prompts (the paper, arXiv 2408.04816, leaves validation open). What a search
needs of a gradient is an order: the tokens it ranks high should be those whose true loss is low. So every candidate
token is appended to a context for real, and the predicted order is compared with the true one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from fuse_core.guidance import Proposer, Vocabulary
from fuse_core.library import Library
from fuse_core.objective import ImageTerm
from fuse_core.optimizers.config import CaptionConfig
from fuse_core.optimizers.problem import caption_problem

BEST, WITHIN = 16, 256
CONTEXTS = ("", " a", " a photograph of the", " a person with a")


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
    predicted : dict of ndarray, each of shape (candidates,)
        First-order scores by source: higher promises a lower loss. ``random`` is the chance level.
    """

    context: str
    tokens: tuple[str, ...]
    losses: np.ndarray
    predicted: dict[str, np.ndarray]

    def spearman(self) -> dict[str, float]:
        """Rank correlation of each prediction with the true gain."""
        return {name: spearman(scores, -self.losses) for name, scores in self.predicted.items()}

    def recall(self, best: int = BEST, within: int = WITHIN) -> dict[str, float]:
        """Share of the true best found by each prediction."""
        return {name: recall(scores, -self.losses, best, within) for name, scores in self.predicted.items()}


def draw_candidates(vocabulary: Vocabulary, count: int, seed: int = 0) -> Tensor:
    """A random sample of the tokens that may begin a word, shape = (count,), the same for the same seed."""
    pool = (vocabulary.allowed & vocabulary.starts_word).nonzero()[:, 0].cpu()
    order = torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))
    return pool[order[: min(count, len(pool))]]


def measure_context(
    term: ImageTerm,
    context: str,
    candidates: Tensor,
    texts: Sequence[str],
    proposers: Mapping[str, Proposer],
) -> ContextFidelity:
    """Score every candidate truly and by each proposer.

    Parameters
    ----------
    term : ImageTerm
    context : str
        The prompt so far.
    candidates : Tensor of int, shape = (candidates,)
    texts : sequence of str
        The text of every token of the vocabulary.
    proposers : mapping
        Name -> proposer of the same term.

    Notes
    -----
    One target encoding of ``candidates`` texts; one forward and backward pass per proposer.
    """
    ids: list[int] = candidates.tolist()
    tokens = tuple(texts[k] for k in ids)
    losses = term.losses([context + token for token in tokens]).double().cpu().numpy()
    predicted = {
        name: proposer.scores([context])[0][candidates.to(proposer.source_table.device)].double().cpu().numpy()
        for name, proposer in proposers.items()
    }
    chance = np.random.default_rng(zlib.crc32(context.encode()))
    predicted["random"] = chance.random(len(tokens))
    return ContextFidelity(context, tokens, losses, predicted)


def measure_picture(
    library: Library, config: CaptionConfig, image: Image.Image, contexts: Sequence[str], candidates: int
) -> list[ContextFidelity]:
    """Fidelity of ``fuse`` (pair buckets), ``fuse-target`` (the paper's), ``native`` and ``random`` for one picture.

    Loads the models and fits both adapters where they are not there yet.
    """
    variants = {
        "fuse": replace(config, guidance="fuse", bucketing="pair"),
        "fuse-target": replace(config, guidance="fuse", bucketing="target"),
        "native": replace(config, guidance="native"),
    }
    vector = library.image_text(config.target).encode_image(image)
    problems = {name: caption_problem(library, settings, vector) for name, settings in variants.items()}
    proposers = {name: problem.proposer for name, problem in problems.items() if problem.proposer is not None}
    term, vocabulary = problems["fuse"].objective.targets[0], problems["fuse"].vocabulary
    drawn = draw_candidates(vocabulary, candidates)
    return [measure_context(term, context, drawn, vocabulary.texts, proposers) for context in contexts]


def summarise(results: Sequence[ContextFidelity]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and standard deviation over contexts: ``{"spearman" | "recall": {name: {"mean", "std"}}}``."""
    summary = {}
    for measure in ("spearman", "recall"):
        frame = pd.DataFrame([getattr(result, measure)() for result in results])
        moments = pd.DataFrame({"mean": frame.mean(), "std": frame.std(ddof=0)})
        summary[measure] = moments.to_dict("index")
    return summary
