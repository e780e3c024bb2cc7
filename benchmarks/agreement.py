"""Whether two devices find the same, up to the rounding of single precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fuse_core.search.records import Candidate, Step

TOLERANCE = 1e-4  # relative


@dataclass(frozen=True)
class Agreement:
    """How one step of a run was taken on two devices.

    Attributes
    ----------
    same : bool
        Whether the same prompts were kept; ties aside, which rounding decides.
    ties : int
        Prompts kept by one device alone, because the other had one as good.
    common : float
        Share of the candidates that both proposed.
    difference : float
        Largest relative difference of an objective or loss of these.
    """

    same: bool
    ties: int
    common: float
    difference: float

    @property
    def agrees(self) -> bool:
        return self.same and self.difference <= TOLERANCE


def relative_difference(found: Tensor, expected: Tensor) -> float:
    """``||found - expected|| / ||expected||``, wherever either is."""
    expected = expected.cpu().double()
    return float((found.cpu().double() - expected).norm() / expected.norm().clamp_min(torch.finfo(torch.float32).tiny))


def maps_difference(found: Mapping[tuple[int, int], Tensor], expected: Mapping[tuple[int, int], Tensor]) -> float:
    """The largest relative difference of an adapter's maps; infinite where they are not of the same buckets."""
    if found.keys() != expected.keys():
        return float("inf")
    return max(relative_difference(found[key], expected[key]) for key in expected)


def step_agreement(found: Step, expected: Step) -> Agreement:
    """Compare a step that both devices took from the same prompts."""
    ours, theirs = ({c.text: c for c in step.candidates} for step in (found, expected))
    common = ours.keys() & theirs.keys()
    kept, kept_there = ({beam.text: beam.objective or 0.0 for beam in step.beams} for step in (found, expected))
    apart = [*(kept.keys() - kept_there.keys()), *(kept_there.keys() - kept.keys())]
    objectives = {**kept, **kept_there}
    # What one device alone kept has to be as good as the worst that the other kept.
    worst = max(kept_there.values(), default=0.0)
    tied = [text for text in apart if abs(objectives[text] - worst) <= TOLERANCE * abs(worst)]
    return Agreement(
        same=len(tied) == len(apart),
        ties=len(tied) // 2,
        common=len(common) / max(len(ours), len(theirs), 1),
        difference=max((_difference(ours[text], theirs[text]) for text in common), default=0.0),
    )


def _difference(a: Candidate, b: Candidate) -> float:
    pairs: Sequence[tuple[float, float]] = [(a.objective, b.objective), *((a.losses[k], b.losses[k]) for k in b.losses)]
    return max(abs(x - y) / max(abs(y), 1e-3) for x, y in pairs)  # a loss near zero is not a scale
