"""Settings as JSON values, those of earlier versions included, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fuse_core.common.errors import UserError

# AutoDAN's fields that were added to it, as it was without them.
FIRST_AUTODAN = {"ending": "fixed", "repeats": "allowed", "budget": "even"}


def fields_of(values: object, origin: str) -> dict[str, Any]:
    """The fields of a JSON object; ``origin`` says, in the plural, whose they are.

    Earlier versions wrote the bucketing without the features: their adapters mapped embeddings. They wrote AutoDAN's
    fields without an ending, repeats and a budget: all steps were taken, words could come twice, and every beam had as
    many candidates.

    Raises
    ------
    UserError
        When it is no object.
    """
    if not isinstance(values, dict):
        raise UserError(f"{origin or 'The settings'} must be a JSON object with fields such as 'prefix' and 'steps'.")
    before = {"features": "embedding"} if "bucketing" in values else {}
    return before | (FIRST_AUTODAN if values.get("method") == "autodan" else {}) | values


@contextmanager
def faults_of(origin: str) -> Iterator[None]:
    """What is wrong is said of the origin, where there is one."""
    try:
        yield
    except UserError as error:
        if not origin:
            raise
        raise UserError(f"{origin} are wrong: {error.problem}", error.remedy) from error
