"""Settings as JSON values, those of earlier versions included, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fuse_core.common.errors import UserError

# AutoDAN's fields that were added to it, as it was without them.
FREE_OF_ENDINGS = {"ending": "fixed", "repeats": "allowed"}


def fields_of(values: object, origin: str) -> dict[str, Any]:
    """The fields of a JSON object; ``origin`` says, in the plural, whose they are.

    Earlier versions wrote the bucketing without the features: their adapters mapped embeddings. They wrote AutoDAN's
    fields without an ending and without repeats: all steps were taken, and words could come twice.

    Raises
    ------
    UserError
        When it is no object.
    """
    if not isinstance(values, dict):
        raise UserError(f"{origin or 'The settings'} must be a JSON object with fields such as 'prefix' and 'steps'.")
    before = {"features": "embedding"} if "bucketing" in values else {}
    return before | (FREE_OF_ENDINGS if values.get("method") == "autodan" else {}) | values


@contextmanager
def faults_of(origin: str) -> Iterator[None]:
    """What is wrong is said of the origin, where there is one."""
    try:
        yield
    except UserError as error:
        if not origin:
            raise
        raise UserError(f"{origin} are wrong: {error.problem}", error.remedy) from error
