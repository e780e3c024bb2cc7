"""Steps out of JSON, as a session file has them."""

from __future__ import annotations

import json

from pydantic import TypeAdapter

from fuse_core.search.records import Step

_READ = TypeAdapter(Step)


def read_step(values: object) -> Step:
    """A step from JSON values; ``ValueError`` says which value is missing or of another kind."""
    return _READ.validate_json(json.dumps(values))
