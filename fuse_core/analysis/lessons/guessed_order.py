"""Three tokens to order by hand, beside the order a carried gradient gives them; from any fidelity measurement.

How good a first-order order is (FUSE, arXiv 2408.04816, leaves it open) is measured by ``fuse_core.analysis.fidelity``;
here single tokens are asked for, and a context where the measure that is reported most says least.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from fuse_core.analysis.fidelity import CONTEXTS, EncodedTexts
from fuse_core.analysis.fidelity_probe import FidelityProbe
from fuse_core.analysis.fidelity_run import MEAN, ContextSummary, FidelityRun, words_at
from fuse_core.analysis.rank_measures import recall
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.search.config import PROBE_WORDS
from fuse_core.search.presets import load_preset

SOURCE, TARGET = "smollm2", "minilm"
PRESET, GRADIENT = "offline-plain", "fuse"
LIVE = 256  # candidates scored for a visitor, who is not to wait for two seconds
FRONT = 0.05  # share of the candidates that counts as the front
NEARLY = 0.9  # of the target's own correlation


@dataclass(frozen=True)
class Ranked:
    """One token's place among all candidates: by its true loss and by the gradient, from 1."""

    token: str
    loss: float
    true: int
    predicted: int


@dataclass(frozen=True)
class Guess:
    """Three tokens as they are shown; ``best`` and ``foretold`` say which is first truly, and by the gradient."""

    tokens: tuple[Ranked, ...]

    @property
    def best(self) -> int:
        return min(range(len(self.tokens)), key=lambda k: self.tokens[k].true)

    @property
    def foretold(self) -> int:
        return min(range(len(self.tokens)), key=lambda k: self.tokens[k].predicted)


@cache
def recorded_run() -> FidelityRun:
    """The measurement that the project ships with; read once, never changed."""
    return FidelityRun.from_dict(json.loads((assets_folder() / "recorded" / "fidelity.json").read_text("utf-8")))


def prompt(run: FidelityRun) -> str:
    """What the image-text model read before a candidate."""
    return load_preset(PRESET).prefix + run.drawn.context


def places(run: FidelityRun) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted ranks of the drawn context's candidates, each of shape (candidates,), from 1.

    The gradient is averaged over the words of a search.
    """
    scores = run.drawn.scores(words_at(MEAN))[GRADIENT]
    return _ranks(run.drawn.losses), _ranks(-scores)


def guess(run: FidelityRun, turn: int) -> Guess:
    """Tokens for one turn, always the same: one of the truly best, and two of the others whatever a gradient says."""
    rng = np.random.default_rng(turn)
    true, predicted = places(run)
    good = true <= max(1, round(FRONT * len(true)))
    drawn = [rng.choice(np.flatnonzero(good)), *rng.choice(np.flatnonzero(~good), 2, replace=False)]
    rng.shuffle(drawn)
    context = run.drawn
    rows = [(context.tokens[k].strip(), float(context.losses[k]), int(true[k]), int(predicted[k])) for k in drawn]
    return Guess(tuple(Ranked(*row) for row in rows))


@dataclass(frozen=True)
class Misleading:
    """A context and a linearisation word where the whole order is nearly the target's own, and its front is not there.

    Attributes
    ----------
    share : float
        Of the target's own rank correlation.
    found, own : int
        Of the truly best tokens, how many are among the first ``within`` by the carried and by the target's gradient.
    """

    image: str
    context: str
    at: str
    spearman: float
    share: float
    found: int
    own: int
    best: int


def misleading(contexts: Iterable[ContextSummary], within: int) -> Misleading | None:
    """The one that has the fewest of the truly best among its first ``within``; None where no order is good enough."""
    worst: Misleading | None = None
    for context in contexts:
        for at, rho in context.spearman.items():
            carried, own = (context.ranks[at][name] for name in (GRADIENT, "target"))
            if not carried or not rho["target"] > 0 or not rho[GRADIENT] / rho["target"] >= NEARLY:
                continue
            found, theirs = (round(recall(ranks, within) * len(ranks)) for ranks in (carried, own))
            if worst is None or (found, -rho[GRADIENT]) < (worst.found, -worst.spearman):
                share = rho[GRADIENT] / rho["target"]
                where = context.image, context.context, at
                worst = Misleading(*where, rho[GRADIENT], share, found, theirs, len(carried))
    return worst


def measured(library: Library, picture: str, context: str, progress: Progress) -> FidelityRun:
    """A context of one's own, measured now: ``LIVE`` candidates scored for real.

    Raises
    ------
    UserError
        When the context is longer than the model's.
    """
    config = load_preset(PRESET).changed(source=SOURCE, target=TARGET)
    path = assets_folder() / "images" / picture
    probe = FidelityProbe.of(library, config, open_picture(path), EncodedTexts(), progress)
    progress(0.96, f"Scoring {LIVE} candidates")
    before = f" {' '.join(context.split())}" if context.strip() else CONTEXTS[0]
    found = probe.measure(before, LIVE, PROBE_WORDS)
    return FidelityRun(SOURCE, TARGET, (ContextSummary.of(picture, found),), found, picture)


def _ranks(values: np.ndarray) -> np.ndarray:
    ranks = np.empty(len(values), dtype=int)
    ranks[np.argsort(values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks
