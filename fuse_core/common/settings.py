"""Settings as pydantic models whose errors are one sentence, and whose fields front ends can lay out."""

from __future__ import annotations

import reprlib
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

from fuse_core.common.checks import LONGEST_TEXT, LONGEST_WORD, MOST_WORDS, encodable
from fuse_core.common.errors import UserError
from fuse_core.common.options import Option, options_of

MOST = 1e6  # of any weight: a sum of weighted losses stays far from overflow
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 80


class Settings(BaseModel, frozen=True, extra="forbid", strict=True):
    """Values that do not change; nothing is coerced: ``true`` is no number, "3" neither."""


class WrongValue(ValueError):
    """What is wrong with a field, to stand after its name, and what to do."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def _encodable(value: str) -> str:
    if not encodable(value):
        raise WrongValue("holds half a character or bytes that are no text.", "Write it anew.")
    return value


def _short(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise WrongValue(f"has {len(value):,} characters; {LONGEST_TEXT:,} is the most.", "Shorten it.")
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(w, str) and len(w.split()) == 1 for w in value):
        raise ValueError
    if len(value) > MOST_WORDS:
        raise WrongValue(f"has {len(value):,} words; {MOST_WORDS} is the most.", "Give fewer.")
    for word in map(_encodable, value):
        if len(word) > LONGEST_WORD:
            raise WrongValue(f"has {len(word):,} characters; {LONGEST_WORD} is the most.", "Shorten it.")
    return tuple(word.strip().lower() for word in value)


Text = Annotated[str, AfterValidator(_short), AfterValidator(_encodable)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Weight = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]


def user_error(error: ValidationError, model: type[BaseModel], where: str = "") -> UserError:
    """The first fault as a sentence that names the field and what it may be.

    Parameters
    ----------
    model : type
        The model that was to be made.
    where : str, optional
        To stand behind what a field may be: "for the method gcg".
    """
    fault = error.errors(include_url=False)[0]
    owner, name, option = _place(model, fault["loc"])
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, WrongValue):
        return UserError(f"'{name}' {cause.problem}", cause.remedy, (name,))
    if fault["type"] == "extra_forbidden":
        holder, _, field = name.rpartition(".")
        known = ", ".join(f"'{known}'" for known in sorted(owner.model_fields))
        return UserError(f"'{holder}' has an unknown field '{field}'.", f"Known: {known}.")
    if fault["type"] == "string_unicode":
        return UserError(f"'{name}' holds half of a character, which no file can.", "Write it anew.", (name,))
    may_be = _may_be(owner, option, fault["loc"])
    got = "and is missing" if fault["type"] == "missing" else f"got {_shown.repr(fault['input'])}"
    return UserError(f"'{name}' must be {may_be}{' ' + where if where else ''}, {got}.", fields=(name,))


def _place(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[type[BaseModel], str, Option | None]:
    """Whose field a fault is about, the field's full name, and the field."""
    name, owner, option = "", model, None
    for part in loc:
        if isinstance(part, int):
            name += f"[{part}]"
            continue
        if option is not None and option.model is not None:
            owner = option.model
        option = options_of(owner).get(part)
        name += f".{part}" if name else part
    return owner, name, option


def _may_be(owner: type[BaseModel], option: Option | None, loc: tuple[int | str, ...]) -> str:
    if option is not None and option.model is not None and isinstance(loc[-1], int):
        return f"a JSON object with fields such as '{next(iter(option.model.model_fields))}'"
    return option.may_be if option is not None else "of another kind"
