"""Fluency against picture: the finished captions of a run, and which of them no other beats at both.

Where no model compares prompts with a picture, the objective's next term stands in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step
from fuse_core.search.run_progress import finished_captions


@dataclass(frozen=True)
class CaptionPoint:
    """A finished caption as its losses place it.

    Attributes
    ----------
    step : int
        That found it.
    text : str
    objective : float
    fluency : float
        The language model's loss with the end: mean negative log-likelihood, nats a token.
    picture : float
        The loss of the term after fluency: 1 - cosine of text and picture, where there is a picture.
    on_front : bool
        Whether no other caption is better in one of the two and as good in the other (Pareto).
    chosen : bool
        Whether it is the run's caption: that of lowest objective.
    """

    step: int
    text: str
    objective: float
    fluency: float
    picture: float
    on_front: bool = False
    chosen: bool = False


def caption_points(steps: Sequence[Step], config: CaptionConfig) -> list[CaptionPoint]:
    """The distinct finished captions of a run, that of lowest objective first; none where fluency is the only term.

    Cost ``O(n log n)``.
    """
    fluency, *others = (term.name for term in config.terms)
    if not others:
        return []
    picture = others[0]
    found = [(step, beam, beam.losses or {}) for step, beam in finished_captions(steps)]
    placed = [(losses[fluency], losses[picture]) for _, _, losses in found]
    front = pareto_front(placed)
    return [
        CaptionPoint(step, beam.text.strip(), beam.objective or 0.0, *place, k in front, k == 0)
        for k, ((step, beam, _), place) in enumerate(zip(found, placed, strict=True))
    ]


def pareto_front(points: Sequence[tuple[float, float]]) -> set[int]:
    """Indices of the points that no other one dominates; equal points do not dominate each other."""
    front: set[int] = set()
    lowest, last = float("inf"), None
    for k in sorted(range(len(points)), key=lambda k: points[k]):
        if points[k][1] < lowest or points[k] == last:
            front.add(k)
            lowest, last = points[k][1], points[k]
    return front
