"""``fluency``: how likely another language model finds the prompt, so that a caption is fluent under two at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuse_core.models.entry import CAUSAL
from fuse_core.objective.fluency_term import FluencyTerm
from fuse_core.search.terms.term_kind import TermKind, Wish

if TYPE_CHECKING:
    from fuse_core.library import Library


def make(library: Library, wish: Wish) -> FluencyTerm:
    """Load the model: one forward and backward pass a gradient."""
    return FluencyTerm(library.causal(wish.model), wish.weight, wish.prefix, wish.suffix)


TERM = TermKind("fluency", "second language model", "another language model's mean surprise", CAUSAL, make, order=0)
