"""How much work may be asked for: generous at home, tight where strangers come, or as ``FUSE_LIMITS`` says."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from fuse_core.common.errors import UserError
from fuse_core.common.settings import Settings, user_error

VARIABLE = "FUSE_LIMITS"
Count = Annotated[int, Field(ge=1, le=1_000_000)]
REMEDY = f"Lower it; whoever runs the app can allow more ({VARIABLE})."


class Limits(Settings, frozen=True):
    """The most of each thing; the values here are those of an app that only its owner reaches.

    Attributes
    ----------
    steps, beams, candidates, inner_steps, length : int
        As in the settings of a run.
    evaluations : int
        Prompts judged in a step: beams x candidates, or moves.
    words : int
        Words that Fidelity measures in a context.
    pictures : int
        Pictures of one batch, evaluation or goal.
    file_mb, request_mb : int
        Megabytes of an uploaded file, and of all that one request uploads.
    seconds : int
        Of computing, for one press of a button; waiting for others is not counted.
    works : int
        Works of all visitors that are computed in turns.
    at_once : int
        Of these, computed at the same time.
    visits : int
        Visits whose state is kept.
    idle_hours : int
        For which it is kept while nothing changes.
    """

    steps: Count = 256
    beams: Count = 32
    candidates: Count = 4_096
    inner_steps: Count = 256
    evaluations: Count = 32_768
    length: Count = 64
    words: Count = 10_000
    pictures: Count = 1_000
    file_mb: Count = 32
    request_mb: Count = 1_024
    seconds: Count = 86_400
    works: Count = 64
    at_once: Count = 4
    visits: Count = 500
    idle_hours: Count = 168

    def check(self, name: str, value: float, shown: str = "") -> None:
        """Raise ``UserError`` where a value is above the limit of that name; ``shown`` is what people call it."""
        most = getattr(self, name)
        if value > most:
            fields = () if shown else (name,)
            raise UserError(f"{shown or f'{name!r}'} would be {value:,}; {most:,} is the most here.", REMEDY, fields)


PUBLIC: dict[str, int] = {
    "steps": 32,
    "beams": 8,
    "candidates": 512,
    "inner_steps": 16,
    "evaluations": 1_024,
    "length": 32,
    "words": 2_000,
    "pictures": 24,
    "file_mb": 16,
    "request_mb": 64,
    "seconds": 600,
    "works": 32,
    "at_once": 2,
    "visits": 200,
    "idle_hours": 6,
}


def limits_from(text: str, public: bool = False) -> Limits:
    """The limits that a text such as ``"public,steps=16,seconds=60"`` names; those it does not name are the defaults.

    Parameters
    ----------
    text : str
        What ``FUSE_LIMITS`` holds: ``name=number`` between commas. ``public`` stands for all that suit strangers.
    public : bool
        Whether these are where it begins.

    Raises
    ------
    UserError
        Naming what is no limit, or no whole number.
    """
    given: dict[str, Any] = {}
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        name, is_pair, number = (piece.strip() for piece in part.partition("="))
        if part == "public":
            public = True
        elif not is_pair or not number.isdecimal():
            raise UserError(f"{VARIABLE} has '{part}'.", "Write name=number between commas, or public.")
        else:
            given[name] = int(number)
    try:
        return Limits(**({**PUBLIC, **given} if public else given))
    except ValidationError as error:
        unknown = next(iter(given.keys() - Limits.model_fields.keys()), None)
        if unknown:
            known = ", ".join(Limits.model_fields)
            raise UserError(f"{VARIABLE} has an unknown limit '{unknown}'.", f"Known: {known}.") from error
        problem = user_error(error, Limits)
        raise UserError(f"{VARIABLE} is wrong: {problem.problem}", problem.remedy) from error
