"""What people are shown for a setting's name: of a list or not, from one map."""

from __future__ import annotations

import re

from fuse_core.common.options import options_of
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import config_options
from fuse_core.search.term_config import TermConfig

LISTED = re.compile(r"(classifiers|further)\[\d+\]\.(\w+)")


def listed_field(name: str) -> tuple[str, str] | None:
    """The list and the field of a name such as ``further[0].weight``; None for one that is in no list."""
    found = LISTED.fullmatch(name)
    return (found[1], found[2]) if found else None


def field_label(name: str) -> str:
    """The label of a setting as pages show it; a name that is no setting's is its own label."""
    listed = listed_field(name)
    if listed is None:
        option = config_options().get(name)
        return option.label if option else name
    holder, field = listed
    known = options_of(TermConfig if holder == "further" else ClassifierConfig)
    label = known[field].label if field in known else field
    return label if holder == "further" else f"Sentiment {label.lower()}"
