"""What a kind of further term is, and the registry of those there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fuse_core.common.registry import Registry

if TYPE_CHECKING:
    from fuse_core.library import Library
    from fuse_core.objective.target_term import TargetTerm
    from fuse_core.search.goal import Goal


@dataclass(frozen=True)
class Wish:
    """What a term is made from.

    Attributes
    ----------
    model : str
        Catalog key.
    weight : float
    prefix, suffix : str
        Text around the prompt, for this model.
    goal : Goal
        The run's pictures.
    """

    model: str
    weight: float
    prefix: str
    suffix: str
    goal: Goal


@dataclass(frozen=True)
class TermKind:
    """A kind of term that an objective may have besides fluency, the fit to a picture, and labels.

    Attributes
    ----------
    name, label, help : str
    role : str
        What its model has to be able to do.
    make : callable
        Loads the model. ``UserError`` where it cannot be had, or something else is missing.
    order : int
        Place among the others.
    looks_at_pictures : bool
        Whether it reads the run's pictures.
    """

    name: str
    label: str
    help: str
    role: str
    make: Callable[[Library, Wish], TargetTerm]
    order: int = 100
    looks_at_pictures: bool = False


TERM_KINDS: Registry[TermKind] = Registry("fuse_core.search.terms", "TERM")
