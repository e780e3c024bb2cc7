"""Session files, read and checked without loading any model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import from_data_url
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_json import FIRST_AUTODAN
from fuse_core.search.goal import MOST_PICTURES
from fuse_core.search.records import STRICT, Step

FORMAT = "fuse-explorer-session"
VERSION = 1
MOST_STEPS = 1_000  # a run has at most 256, and as many prompts by hand as somebody types
LONGEST_PROMPT = 20_000  # characters; 256 words are less, and no model reads as much
FINITE = ConfigDict(**{**STRICT, "extra": "ignore"})  # what later versions may write besides is not in the way


class _Head(BaseModel):
    """What tells a session file from others."""

    model_config = FINITE
    format: Any = None
    version: Any = None


class _Settings(BaseModel):
    """The settings of a run: whatever else is left out has its default, its models are told."""

    model_config = ConfigDict(**{**STRICT, "extra": "allow"})
    source: str
    target: str


class _Change(BaseModel):
    """The settings from a step on."""

    model_config = FINITE
    start: int = Field(alias="from")
    config: _Settings


class _Content(BaseModel):
    """The fields of a session file; without ``changes``, which earlier files lack, all steps have one configuration."""

    model_config = FINITE
    config: _Settings
    changes: tuple[_Change, ...] | None = Field(default=None, max_length=MOST_STEPS)
    image: str | None
    more_images: tuple[str, ...] = ()
    image_vector: tuple[float, ...]
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)
    picture_name: str = ""
    created: str = ""


@dataclass(frozen=True)
class SavedSession:
    """The content of a session file, read without loading any model."""

    config: CaptionConfig
    pictures: tuple[Image.Image, ...]
    image_vector: list[float]
    steps: list[Step]
    picture_name: str = ""
    created: str = ""
    configs: list[CaptionConfig] = field(default_factory=list)

    @property
    def image(self) -> Image.Image | None:
        """The first picture."""
        return next(iter(self.pictures), None)

    @classmethod
    def parse(cls, text: str) -> SavedSession:
        """Check and read a session file.

        Raises
        ------
        UserError
            In one sentence what is wrong with it, naming the field.
        """
        try:
            _check_head(_Head.model_validate_json(text))
            content = _Content.model_validate_json(text)
        except UnicodeEncodeError as error:
            raise not_a_session("it holds half of a character") from error
        except ValidationError as error:
            raise not_a_session(_fault(error)) from error
        config = _config(content.config)
        configs = _configs(content, config)
        _check_steps(content.steps, configs)
        if content.image is None and config.looks_at_pictures:
            raise not_a_session("'image' is missing")
        return cls(
            config,
            _pictures(content),
            list(content.image_vector),
            list(content.steps),
            content.picture_name,
            content.created,
            configs,
        )


def config_changes(configs: Sequence[CaptionConfig]) -> list[dict]:
    """The settings of every step, written down where they change: ``[{"from": step, "config": {...}}]``."""
    return [
        {"from": k, "config": config.as_dict()} for k, config in enumerate(configs) if not k or config != configs[k - 1]
    ]


def _pictures(content: _Content) -> tuple[Image.Image, ...]:
    """One, several, or none at all."""
    given = (*([content.image] if content.image is not None else []), *content.more_images)
    if len(given) > MOST_PICTURES:
        raise not_a_session(f"it has more than {MOST_PICTURES} pictures")
    return tuple(from_data_url(picture) for picture in given)


def _check_head(head: _Head) -> None:
    if head.format != FORMAT:
        raise not_a_session("it lacks the session format mark")
    if type(head.version) is not int or head.version != VERSION:
        raise not_a_session(f"its version is {head.version!r}, this program reads the number {VERSION}")


def _fault(error: ValidationError) -> str:
    """The first fault, with the place it is at: 'steps[1].candidates[3].losses'."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "json_invalid":
        return "it is no JSON"
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    if fault["type"] in ("missing", "missing_argument"):
        return f"'{name}' is missing"
    if fault["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"'{name}' is unknown"
    if fault["type"] == "too_short":
        return f"'{name}' is empty"
    if fault["type"] == "too_long":
        return f"'{name}' has more than {MOST_STEPS:,} entries"
    if not fault["loc"]:
        return "it is no JSON object"
    return f"'{name}' is of another kind"


def _check_steps(steps: Sequence[Step], configs: Sequence[CaptionConfig]) -> None:
    """What no single value tells: order, prompts that were judged, and a loss for every term of the objective."""
    if [step.index for step in steps] != list(range(len(steps))):
        raise not_a_session("its steps are not in order")
    for step, config in zip(steps, configs, strict=True):
        if not step.beams:
            raise not_a_session(f"'steps[{step.index}].beams' is empty")
        if any(len(judged.text) > LONGEST_PROMPT for judged in (*step.beams, *step.finished_prompts, *step.candidates)):
            raise not_a_session(f"a prompt of step {step.index} is longer than any model reads")
        terms = [term.name for term in config.terms]
        judged = {"beams": step.beams, "finished_prompts": step.finished_prompts, "candidates": step.candidates}
        for what, rows in judged.items():
            for k, row in enumerate(rows):
                place = f"'steps[{step.index}].{what}[{k}]"
                if row.objective is None and step.index:
                    raise not_a_session(f"{place}.objective' is missing")
                if row.objective is not None and (missing := set(terms) - set(row.losses or ())):
                    raise not_a_session(f"{place}.losses' lacks that of {min(missing)}")
    for before, step in pairwise(steps):
        if any(not 0 <= c.parent < len(before.beams) for c in step.candidates):
            raise not_a_session(f"a candidate of step {step.index} has a parent that is none")


def _config(settings: _Settings) -> CaptionConfig:
    """Files without a unit are from before words were proposed: their runs appended tokens.

    Those without an ending are from before prompts competed as finished ones, those without a budget from before
    beams had budgets of their own, those without features from before adapters mapped anything but embeddings.
    """
    values = {"features": "embedding", **settings.model_dump()}
    if values.get("method", "autodan") == "autodan":
        values = {"unit": "token", **FIRST_AUTODAN, **values}
    return CaptionConfig.from_dict(values, "The settings of the session file")


def _configs(content: _Content, config: CaptionConfig) -> list[CaptionConfig]:
    """The settings of every step."""
    if content.changes is None:
        return [config] * len(content.steps)
    starts = [change.start for change in content.changes]
    if starts[:1] != [0] or starts != sorted(set(starts)):
        raise not_a_session("its changes of settings are not in order")
    found = [_config(change.config) for change in content.changes]
    return [found[bisect_right(starts, k) - 1] for k in range(len(content.steps))]


def not_a_session(why: str) -> UserError:
    return UserError(f"This is not a session file that can be continued: {why}.", "Choose a file saved by this app.")
