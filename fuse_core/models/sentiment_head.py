"""A linear reading of sentiment: ridge regression from sentence vectors to the VADER lexicon's valences.

VADER (Hutto and Gilbert, ICWSM 2014) gives 7,000 English words the mean valence ten people rated them, from -4 to 4.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from fuse_core.common.storage import require_wheel
from fuse_core.words.corpus import is_heldout

RIDGES = tuple(10.0**k for k in range(-2, 4))
_WORD = re.compile(r"[a-z][a-z'-]*[a-z]")


@dataclass(frozen=True)
class ValenceHead:
    """``valence(text) = vector @ weight + bias`` and what makes a probability of it.

    Attributes
    ----------
    weight : Tensor, shape = (width,)
    bias : float
    slope : float
        ``p(positive) = sigmoid(slope * valence)``.
    ridge : float
    words, heldout_words, neutral : int
        Words fitted on, words kept back, and neutral texts fitted on.
    accuracy : float
        Share of the held-out words whose valence has the right sign.
    """

    weight: Tensor = field(repr=False)
    bias: float
    slope: float
    ridge: float
    words: int
    heldout_words: int
    neutral: int
    accuracy: float

    def valences(self, vectors: Tensor) -> Tensor:
        """Predicted valences, (texts, width) -> (texts,); differentiable."""
        return vectors @ self.weight.to(vectors) + self.bias


def lexicon_file() -> Path:
    """Where VADER's lexicon is; the package is found and never imported.

    Raises
    ------
    UserError
        When the wheel is missing.
    """
    return require_wheel("vaderSentiment", "vader_lexicon.txt")


def read_lexicon(path: Path) -> dict[str, float]:
    """Valence of every word of a VADER lexicon; emoticons and abbreviations with digits are left out."""
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return {row[0]: float(row[1]) for row in rows if len(row) > 1 and _WORD.fullmatch(row[0])}


def heldout(words: Sequence[str]) -> Tensor:
    """Which words are kept back, bool, shape = (words,): decided by their text, so the same for every fit."""
    return torch.tensor([is_heldout(word) for word in words])


def fit_valence(vectors: Tensor, valences: Tensor, kept_back: Tensor, neutral: Tensor) -> ValenceHead:
    """Fit a head in closed form and judge it on the words kept back.

    Parameters
    ----------
    vectors : Tensor, shape = (words, width)
    valences : Tensor, shape = (words,)
    kept_back : Tensor of bool, shape = (words,)
    neutral : Tensor, shape = (texts, width)
        Texts of valence 0. The lexicon has none, and without them a head finds praise in any matter-of-fact phrase.

    Notes
    -----
    The ridge is the one of least leave-one-out error. The slope is the maximum-likelihood logistic fit (Platt 1999)
    of the valences' signs on the fitted words' *leave-one-out* predictions: a word's own rating says nothing about
    how sure the head may be of it. One ``width x width`` eigendecomposition, in float64.
    """
    rated = int((~kept_back).sum())
    x = torch.cat([vectors[~kept_back], neutral]).double()
    y = torch.cat([valences[~kept_back], valences.new_zeros(len(neutral))]).double()
    centre, mean = x.mean(0), y.mean()
    eigenvalues, basis = torch.linalg.eigh((x - centre).T @ (x - centre))
    rotated = (x - centre) @ basis  # (words, width)
    products = rotated.T @ (y - mean)
    best = None
    for ridge in RIDGES:
        inverse = 1.0 / (eigenvalues.clamp_min(0.0) + ridge)
        leverage = (rotated.square() * inverse).sum(1) + 1.0 / len(x)
        residual = (y - mean - rotated @ (inverse * products)) / (1.0 - leverage)
        error = float(residual.square().mean())
        if best is None or error < best[0]:
            best = error, ridge, basis @ (inverse * products), y - residual
    assert best is not None
    _, ridge, weight, left_out = best
    bias = float(mean - centre @ weight)
    judged = vectors[kept_back].double() @ weight + bias
    accuracy = float(((judged > 0) == (valences[kept_back] > 0)).double().mean())
    slope = logistic_slope(left_out[:rated], y[:rated] > 0)
    return ValenceHead(weight.float(), bias, slope, ridge, rated, int(kept_back.sum()), len(neutral), accuracy)


def logistic_slope(scores: Tensor, positive: Tensor, rounds: int = 50) -> float:
    """The slope ``a`` of greatest likelihood in ``p(positive) = sigmoid(a * score)``, by Newton's method.

    Parameters
    ----------
    scores : Tensor, shape = (n,)
        Not separated by sign: then no slope is steep enough, and the last of ``rounds`` steps is returned.
    positive : Tensor of bool, shape = (n,)
    """
    margins = torch.where(positive, scores, -scores)
    slope = torch.zeros((), dtype=scores.dtype)
    for _ in range(rounds):
        wrong = torch.sigmoid(-slope * margins)
        curvature = (wrong * (1 - wrong) * margins.square()).sum()
        if curvature < 1e-12:
            break
        step = (wrong * margins).sum() / curvature
        slope = slope + step
        if abs(float(step)) < 1e-10:
            break
    return float(slope)


def label_log_probs(valences: Tensor, slope: float) -> Tensor:
    """Log-probabilities of (negative, positive), (texts,) -> (texts, 2)."""
    logits = slope * valences
    return torch.stack([F.logsigmoid(-logits), F.logsigmoid(logits)], dim=1)
