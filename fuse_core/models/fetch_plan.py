"""What it would take to have a model here: how much to fetch, and how much memory it needs. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fuse_core.common.errors import UserError
from fuse_core.models import hub
from fuse_core.models.entry import Entry


@dataclass(frozen=True)
class FetchPlan:
    """One model's part of a plan.

    Attributes
    ----------
    key : str
    place : str
        Where it comes from, for people.
    here : bool
        Whether nothing has to be fetched.
    download : int or None
        Bytes of weights to fetch; None where nobody could say.
    memory : int or None
        Bytes of its weights in single precision; None where nobody could say.
    problem : str
        Why it cannot be had; empty where it can.
    """

    key: str
    place: str
    here: bool
    download: int | None = None
    memory: int | None = None
    problem: str = ""


def fetch_plan(entry: Entry) -> FetchPlan:
    """One model's plan. One that is not here costs a question to the hub a repository, five seconds at most."""
    try:
        if entry.present and not hub.at_hand(entry):  # it comes from a wheel
            return FetchPlan(entry.key, entry.origin, True, 0)
        sizes = [_sizes(part) for part in hub.parts(entry)]
        download, memory = (sum(size) for size in zip(*sizes, strict=True))
        return FetchPlan(entry.key, entry.origin, entry.present, download, memory)
    except UserError as error:
        return FetchPlan(entry.key, entry.origin, False, problem=str(error))


def _sizes(part: Entry) -> tuple[int, int]:
    """Bytes of one repository to fetch, and of its weights in memory."""
    if hub.at_hand(part):
        return 0, hub.checkpoint_of(part).parameters * hub.BYTES
    if part.hub is None:
        raise UserError(f"The packages {', '.join(part.missing())} are not installed.")
    return hub.sizes(*hub.weights_on_hub(part.hub))


def too_large(plans: Sequence[FetchPlan], free: int) -> bool:
    """Whether all of them together need more than the free memory."""
    return sum(plan.memory or 0 for plan in plans) > free
