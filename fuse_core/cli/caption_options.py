"""The options of ``caption``: those of its own, and one for every setting there is, whichever method has it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuse_core.common.options import Option, options_of
from fuse_core.search.classifier_config import ClassifierConfig
from fuse_core.search.config import config_options
from fuse_core.search.config_fields import method_options, methods_with
from fuse_core.search.methods.registry import METHODS
from fuse_core.search.sentiment import SENTIMENTS

TYPES = {"whole": int, "number": float}
METAVARS = {"whole": "N", "number": "X", "text": "TEXT", "words": "WORD"}
REPEATED = {"pinned": "--pin", "banned": "--ban"}  # one word an option


def add_caption_options(command: argparse.ArgumentParser) -> None:
    """Declare them all."""
    command.add_argument("image", type=Path, metavar="IMAGE|DIR")
    command.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="save the session (IMAGE) or the results (DIR); for a DIR a .jsonl grows by the picture and is resumed",
    )
    command.add_argument("--csv", type=Path, metavar="FILE", help="the results as a table")
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
    shared = command.add_argument_group("settings", "Their defaults, where the preset says nothing.")
    own = command.add_argument_group(
        "settings of some methods", "; ".join(f"{m.name} {m.help}" for m in METHODS.values())
    )
    for name, option in config_options().items():
        if option.kind != "list":
            _add(own if name in method_options() else shared, name, option)


def flag(name: str) -> str:
    """How a setting is spelled as an option."""
    return REPEATED.get(name, f"--{name.replace('_', '-')}")


def given_settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as options, by name."""
    return {name: value for name in config_options() if (value := getattr(options, name, None)) is not None}


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
