"""The first further term of a configuration, which a page has fields for."""

from __future__ import annotations

from fuse_core.search.config import CaptionConfig
from fuse_core.search.term_config import TermConfig

NO_TERM = "none"


def with_first_term(config: CaptionConfig, kind: str, **fields) -> CaptionConfig:
    """The same settings with another first term, or without it where ``kind`` is ``none``; the others stay.

    What the fields do not say is as in the term that stood there, if that is of the kind.

    Raises
    ------
    UserError
        For a kind that is unknown, or a field that is wrong.
    """
    first, *others = (*config.further, None)
    kept = [term.model_dump() for term in others if term is not None]
    if kind == NO_TERM:
        return config.changed(further=kept)
    before = first.model_dump() if isinstance(first, TermConfig) and first.kind == kind else {}
    return config.changed(further=[{**before, "kind": kind, **fields}, *kept])
