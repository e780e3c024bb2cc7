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
    """One model's plan. A model that is not here costs one question to the hub, five seconds at most."""
    try:
        if entry.present:
            memory = None
            if hub.at_hand(entry):
                memory = hub.checkpoint_of(entry).parameters * hub.BYTES
            return FetchPlan(entry.key, entry.origin, True, 0, memory)
        if entry.hub is None:
            raise UserError(f"The packages {', '.join(entry.missing())} are not installed.")
        download, memory = hub.sizes(*hub.weights_on_hub(entry.hub))
        return FetchPlan(entry.key, entry.origin, False, download, memory)
    except UserError as error:
        return FetchPlan(entry.key, entry.origin, False, problem=str(error))


def too_large(plans: Sequence[FetchPlan], free: int) -> bool:
    """Whether all of them together need more than the free memory."""
    return sum(plan.memory or 0 for plan in plans) > free
