"""A run in an address: the example picture, its settings, and how far it was taken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from PIL import Image, ImageChops, ImageStat

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.search.config import CaptionConfig
from fuse_core.search.presets import load_preset
from ui.kit.examples import EXAMPLES, example
from ui.kit.link_values import LONGEST
from ui.kit.messages import told
from ui.optimise.visit_state import VisitState

PREFIX = "run-"
PICTURE, PRESET, TAKEN, STEP = (PREFIX + name for name in ("picture", "preset", "taken", "shown"))
SIDE, ALIKE = 32, 12.0  # pixels of a side to compare pictures at; mean difference of their levels, of 255


@dataclass(frozen=True)
class RunLink:
    """What an address says of a run.

    Attributes
    ----------
    config : CaptionConfig
    picture : str
        Of the examples; empty for the recorded run's.
    taken : int
        Steps to take.
    shown : int or None
        The step on show, None for the latest.
    refused : tuple of str
        What of the address is impossible, in sentences.
    """

    config: CaptionConfig
    picture: str = ""
    taken: int = 0
    shown: int | None = None
    refused: tuple[str, ...] = ()


def written(visit: VisitState, config: CaptionConfig, preset: str) -> tuple[str, list[str]]:
    """The search part of an address that shows a visit under these settings, and what it leaves out.

    Parameters
    ----------
    config : CaptionConfig
        Of the panel; that of the run on show goes before it.
    preset : str
        The one to tell only the differences from.
    """
    left_out, found = [], {"view": "optimise"}
    if visit.run is not None:
        if config != visit.run.config:
            left_out.append("settings that apply from the next step")
        config = visit.run.config
        if visit.other in visit.runs:
            left_out.append(f"run {visit.other}")
    found[PRESET] = preset
    base, own = load_preset(preset).as_dict(), config.as_dict()
    found |= {PREFIX + name: _written(value) for name, value in own.items() if name not in base or base[name] != value}
    if visit.pictures is not None:
        name = example_of(visit.current_pictures, visit.picture_name)
        if name:
            found[PICTURE] = name
        else:
            left_out.append("the picture, which is your own (Save run makes a file of all)")
        if visit.run is not None and visit.run.position and name:
            if _retaken(visit):
                found[TAKEN] = str(visit.run.position)
            else:
                left_out.append("the steps, for settings or prompts changed on the way (Save run makes a file of all)")
    if visit.shown_index is not None and (visit.shows_recording or TAKEN in found):
        found[STEP] = str(visit.shown_index)
    return f"?{urlencode(found)}", left_out


def read(query: Mapping[str, str], default: str) -> RunLink | None:
    """What an address says of a run, as far as it is possible; None where it says nothing.

    Parameters
    ----------
    query : mapping
        Name -> value.
    default : str
        The preset where the address names none.
    """
    about = {name: value for name, value in query.items() if name.startswith(PREFIX)}
    if not about:
        return None
    refused: list[str] = []
    preset, picture = about.pop(PRESET, default), about.pop(PICTURE, "")
    try:
        config = load_preset(preset)
    except UserError as error:
        refused.append(told(error))
        config = load_preset(default)
    if picture and picture not in [path.stem for path in EXAMPLES]:
        refused.append(f"There is no example picture '{picture[:40]}'.")
        picture = ""
    counts = {name: about.pop(name, "0" if name == TAKEN else None) for name in (TAKEN, STEP)}
    fields = {name.removeprefix(PREFIX): _value(name.removeprefix(PREFIX), text) for name, text in about.items()}
    config = _obeyed(config, fields, refused)
    taken = _count(counts[TAKEN], config.steps, "the steps taken", refused) or 0
    if taken and not picture:
        refused.append("Steps can be taken only of an example picture.")
        taken = 0
    shown = _count(counts[STEP], taken or 256, "the step on show", refused)
    return RunLink(config, picture, taken, shown, tuple(refused))


def example_of(pictures: tuple[Image.Image, ...], name: str) -> str:
    """The example that a visit's only picture is, by name and look: a kept run has a smaller copy. Empty for none."""
    stem = Path(name).stem
    if len(pictures) != 1 or stem not in [path.stem for path in EXAMPLES]:
        return ""
    return stem if look_alike(pictures[0], open_picture(example(stem))) else ""


def look_alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether one may be a smaller copy of the other."""
    small = [picture.convert("RGB").resize((SIDE, SIDE)) for picture in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean) < ALIKE


def _retaken(visit: VisitState) -> bool:
    """Whether the same settings and picture give all of the run's steps."""
    run = visit.run
    return run is not None and not any(step.edited for step in run.steps) and len({*map(repr, run.configs)}) == 1


def _written(value: Any) -> str:
    """As it stands where it is text that is no JSON, else as JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def _value(name: str, text: str) -> Any:
    if len(text) > LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _obeyed(config: CaptionConfig, fields: Mapping[str, Any], refused: list[str]) -> CaptionConfig:
    """With all the fields that are possible; the method's own come after it."""
    try:
        return config.changed(**fields)
    except UserError:
        pass
    for name in sorted(fields, key=lambda name: name != "method"):
        try:
            config = config.changed(**{name: fields[name]})
        except UserError as error:
            refused.append(told(error))
    return config


def _count(text: str | None, most: int, what: str, refused: list[str]) -> int | None:
    if text is None or (text.isdecimal() and int(text) <= most):
        return None if text is None else int(text)
    refused.append(f"'{text[:40]}' cannot be {what}: a whole number to {most} can.")
    return None
