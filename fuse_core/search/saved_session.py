"""Session files, read and checked without loading any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from fuse_core.common.errors import UserError
from fuse_core.common.pictures import from_data_url
from fuse_core.common.text_files import parse_json
from fuse_core.search.config import CaptionConfig
from fuse_core.search.records import Step, from_json

FORMAT = "fuse-explorer-session"
VERSION = 1
LONGEST_PROMPT = 20_000  # characters; 256 words are less, and no model reads as much


@dataclass(frozen=True)
class SavedSession:
    """The content of a session file, read without loading any model."""

    config: CaptionConfig
    image: Image.Image
    image_vector: list[float]
    steps: list[Step]
    picture_name: str = ""
    created: str = ""
    configs: list[CaptionConfig] = field(default_factory=list)

    @classmethod
    def parse(cls, text: str) -> SavedSession:
        """Check and read a session file.

        Raises
        ------
        UserError
            In one sentence what is wrong with it.
        """
        try:
            values = parse_json(text)
        except (ValueError, RecursionError) as error:
            raise not_a_session("it is no JSON") from error
        if not isinstance(values, dict) or values.get("format") != FORMAT:
            raise not_a_session("it lacks the session format mark")
        if values.get("version") != VERSION:
            raise not_a_session(f"it has version {values.get('version')}, this program reads version {VERSION}")
        try:
            steps = list(from_json(tuple[Step, ...], values["steps"], "steps"))
            vector = list(from_json(tuple[float, ...], values["image_vector"], "image_vector"))
            picture, settings = from_json(str, values["image"], "image"), values["config"]
        except (KeyError, ValueError) as error:
            raise not_a_session("a part of it is missing or damaged") from error
        if not steps or [s.index for s in steps] != list(range(len(steps))):
            raise not_a_session("its steps are not in order")
        if not all(step.beams for step in steps):
            raise not_a_session("a step has no prompt")
        if any(len(beam.text) > LONGEST_PROMPT for step in steps for beam in step.beams):
            raise not_a_session("a prompt is longer than any model reads")
        if any(b.objective is None or b.losses is None for step in steps[1:] for b in step.beams):
            raise not_a_session("a prompt has no objective")
        config = _config(settings)
        name, created = (str(values.get(field, "")) for field in ("picture_name", "created"))
        return cls(config, from_data_url(picture), vector, steps, name, created, _configs(values, config, len(steps)))


def config_changes(configs: Sequence[CaptionConfig]) -> list[dict]:
    """The settings of every step, written down where they change: ``[{"from": step, "config": {...}}]``."""
    return [
        {"from": k, "config": config.as_dict()} for k, config in enumerate(configs) if not k or config != configs[k - 1]
    ]


def _config(settings: object) -> CaptionConfig:
    """Files without a unit are from before words were proposed: their runs appended tokens."""
    if isinstance(settings, dict):
        settings = {"unit": "token", **settings}
    return CaptionConfig.from_dict(settings, "The settings of the session file")


def _configs(values: dict, config: CaptionConfig, steps: int) -> list[CaptionConfig]:
    """The settings of every step; files without changes, from before they were kept, have one for all."""
    changes = values.get("changes", [{"from": 0, "config": config.as_dict()}])
    try:
        starts = [change["from"] for change in changes]
        found = [_config(change["config"]) for change in changes]
    except (KeyError, TypeError) as error:
        raise not_a_session("its changes of settings are damaged") from error
    if starts[:1] != [0] or any(type(k) is not int for k in starts) or starts != sorted(set(starts)):
        raise not_a_session("its changes of settings are not in order")
    return [found[sum(start <= k for start in starts) - 1] for k in range(steps)]


def not_a_session(why: str) -> UserError:
    return UserError(f"This is not a session file that can be continued: {why}.", "Choose a file saved by this app.")
