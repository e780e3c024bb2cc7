"""The arms of a comparison: who proposes, and whether whole words are among the proposals."""

from __future__ import annotations

from typing import Literal, NamedTuple

from fuse_core.common.errors import UserError
from fuse_core.search.config_fields import own_options

Unit = Literal["token", "both"]
UNITS: dict[Unit, str] = {"token": "tokens alone", "both": "tokens and whole words"}


class Arm(NamedTuple):
    """One way to propose what a prompt is continued with.

    Attributes
    ----------
    name : str
    guidance, unit : str
        The settings that make it; all others are the same for all arms.
    help : str
        What it is, for people.
    """

    name: str
    guidance: str
    unit: Unit
    help: str


class Pair(NamedTuple):
    """Two arms that are set against each other, and what their difference tells."""

    first: str
    second: str
    question: str


ARMS = {
    arm.name: arm
    for arm in (
        Arm("random", "random", "token", "chance"),
        Arm("lm", "lm", "token", "the language model's most likely tokens"),
        Arm("fuse", "fuse", "token", "tokens by language model and carried gradient"),
        Arm("target", "target", "token", "tokens by language model and the image model's gradient"),
        Arm("lm + words", "words", "both", "the language model's tokens, retrieved words, no gradient"),
        Arm("fuse + words", "fuse", "both", "tokens as fuse, and retrieved words"),
        Arm("target + words", "target", "both", "tokens as target, and retrieved words"),
    )
}

PAIRS = (
    Pair("fuse", "lm", "Is the carried gradient worth anything?"),
    Pair("target", "fuse", "What does carrying it across tokenizers lose?"),
    Pair("lm + words", "fuse", "Are retrieved words worth more than the gradient?"),
    Pair("fuse + words", "lm + words", "Is the carried gradient worth anything beside retrieved words?"),
    Pair("target + words", "fuse + words", "What does carrying it lose there?"),
)


def arms_of(unit: Unit | None, method: str = "autodan") -> tuple[Arm, ...]:
    """The arms with a unit that a method has; all of its arms without a unit.

    Raises
    ------
    UserError
        When the method has fewer than two: there is nothing to compare.
    """
    own = own_options(method)
    guidances = own["guidance"].choices if "guidance" in own else ()
    known = [arm for arm in ARMS.values() if arm.guidance in guidances and ("unit" in own or arm.unit == "token")]
    found = tuple(arm for arm in known if unit in (None, arm.unit))
    if len(found) < 2:
        which = f" with {UNITS[unit]}" if unit and known else ""
        raise UserError(f"The method {method} has no two arms{which}.", "Choose another method, or all arms.")
    return found


def settings_of(arm: Arm, method: str) -> dict[str, str]:
    """What makes an arm, of the settings that the method has."""
    return {name: getattr(arm, name) for name in ("guidance", "unit") if name in own_options(method)}
