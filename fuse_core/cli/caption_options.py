"""The options of ``caption``: those of its own, and one for every setting there is, whichever method has it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from fuse_core.cli import engine_options
from fuse_core.common.errors import UserError
from fuse_core.common.options import Option, options_of
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import config_options
from fuse_core.search.config_fields import method_options, methods_with
from fuse_core.search.field_labels import listed_field
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.sentiment import SENTIMENTS
from fuse_core.search.term_config import TermConfig
from fuse_core.search.terms.term_kind import TERM_KINDS

TYPES = {"whole": int, "number": float}
METAVARS = {"whole": "N", "number": "X", "text": "TEXT", "words": "WORD"}
TERM_FIELDS = tuple(name for name in TermConfig.model_fields if name != "kind")
REPEATED = {"pinned": "--pin", "banned": "--ban"}  # one word an option


def add_caption_options(command: argparse.ArgumentParser) -> None:
    """Declare them all."""
    command.add_argument(
        "image", type=Path, nargs="?", metavar="IMAGE|DIR", help="none where no term of the objective looks at one"
    )
    command.add_argument(
        "--with", dest="others", type=Path, action="append", metavar="IMAGE", help="a further picture in the same loss"
    )
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="save the session (IMAGE) or the results (DIR); for a DIR a .jsonl grows by the picture and is resumed",
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="the results as a table")
    command.add_argument(
        "--record", type=Path, metavar="FILE", help="of a DIR: write what the page's Batch shows as its recorded run"
    )
    command.set_defaults(**engine_options.HERE)
    add_run_options(command)


def add_run_options(command: argparse.ArgumentParser) -> None:
    """Declare those that say how captions are made."""
    command.add_argument(
        "--preset",
        metavar="P",
        help="settings to start from; default: offline-caption (by the sentiment offline-positive), or paper-caption "
        "(paper-sentiment) where its models need no download and a GPU or 8 GB of memory are there",
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="JSON of settings that differ from the preset; options override it"
    )
    command.add_argument("--sentiment", choices=SENTIMENTS, help="draw the caption to it with a third model")
    for name, option in _sentiment_options():
        _add(command, f"sentiment_{name}", option)
    command.add_argument(
        "--term",
        action="append",
        nargs="+",
        metavar=("KIND", "FIELD=VALUE"),
        help="a further term of the objective: "
        + "; ".join(f"{kind.name} ({kind.help})" for kind in TERM_KINDS.values())
        + f". Fields: {', '.join(TERM_FIELDS)}",
    )
    shared = command.add_argument_group("settings", "Their defaults, where the preset says nothing.")
    own = command.add_argument_group(
        "settings of some methods", "; ".join(f"{m.name} {m.help}" for m in METHODS.values())
    )
    for name, option in config_options().items():
        if option.kind != "list":
            _add(own if name in method_options() else shared, name, option)


def spelled(name: str, options: argparse.Namespace) -> str:
    """A setting as a command's option; one that it has none for, as files spell it."""
    holder, field = listed_field(name) or ("", name)
    if holder == "further" and hasattr(options, "term"):
        return f"{field} of --term"
    dest = f"sentiment_{field}" if holder == "classifiers" else field
    return flag(dest) if hasattr(options, dest) else f"'{name}'"


def flag(name: str) -> str:
    """How a setting is spelled as an option."""
    return REPEATED.get(name, f"--{name.replace('_', '-')}")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as options, by name."""
    return {name: value for name in config_options() if (value := getattr(options, name, None)) is not None}


def given_terms(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The further terms that were given as options, as JSON values.

    Raises
    ------
    UserError
        Naming what is no field with a value.
    """
    return [_term(kind, fields) for kind, *fields in options.term or ()]


def _term(kind: str, fields: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind}
    for field in fields:
        name, mark, value = field.partition("=")
        if not mark or name not in TERM_FIELDS:
            known = ", ".join(f"{known}=..." for known in TERM_FIELDS)
            raise UserError(f"--term {kind} cannot take '{field}'.", f"Give {known}; a picture stands before --term.")
        found[name] = value
    with suppress(ValueError):  # what is no number is refused by name later
        found |= {"weight": float(found["weight"])} if "weight" in found else {}
    return found


def given_sentiment(options: argparse.Namespace) -> dict[str, Any]:
    """What was given of the sentiment's classifier."""
    found = {name: getattr(options, f"sentiment_{name}") for name, _ in _sentiment_options()}
    return {name: value for name, value in found.items() if value is not None}


def _sentiment_options() -> Iterator[tuple[str, Option]]:
    return ((name, option) for name, option in options_of(ClassifierConfig).items() if name != "label")


def _add(group: argparse._ActionsContainer, name: str, option: Option) -> None:
    """One option, and its earlier names besides, which are not shown."""
    kind: dict[str, Any] = {"dest": name, "metavar": "MODEL" if option.role else METAVARS.get(option.kind)}
    if option.kind == "choice":
        kind |= {"choices": option.choices, "type": lambda value: option.earlier_choices.get(value, value)}
    elif option.kind == "words":
        kind |= {"action": "append"}
    else:
        kind |= {"type": TYPES.get(option.kind, str)}
    group.add_argument(flag(name), help=_help(name, option), **kind)
    for old in option.earlier:
        group.add_argument(flag(old), help=argparse.SUPPRESS, **kind)


def _help(name: str, option: Option) -> str:
    methods = methods_with(name) if name in method_options() else []
    whose = "" if len(methods) in (0, len(METHODS)) else f"{', '.join(methods)}: "
    default = "" if option.default in (None, "", ()) else f"default {option.default}"
    known = "; ".join(part for part in (option.range, default) if part)
    return (whose + option.about + (f" ({known})" if known else "")).replace("%", "%%")
