"""Settings from files: the presets that ship with the project, and a file of one's own."""

from __future__ import annotations

from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.common.hosting import is_public
from fuse_core.common.storage import assets_folder
from fuse_core.common.text_files import read_json
from fuse_core.search.config import CaptionConfig

PRESETS = assets_folder() / "presets"


def preset_names() -> list[str]:
    """Names of the presets that ship with the project."""
    return sorted(path.stem for path in PRESETS.glob("*.json"))


def load_preset(name: str) -> CaptionConfig:
    """A preset by name; on a public host with the word filter on.

    Raises
    ------
    UserError
        When there is none of that name, or a field of it is wrong.
    """
    if name not in preset_names():
        raise UserError(f"There is no preset '{name}'.", f"Known: {', '.join(preset_names())}.")
    path = PRESETS / f"{name}.json"
    config = CaptionConfig.from_dict(read_json(path, f"The preset '{name}'"), f"The settings of preset '{name}'")
    return config.changed(word_filter="on") if is_public() else config


def load_config(path: Path, base: CaptionConfig) -> CaptionConfig:
    """Settings from a JSON file of some fields, the others as in ``base``.

    Raises
    ------
    UserError
        Naming the file and the field that is unknown or wrong.
    """
    origin = f"The settings of '{path}'"
    return base.updated(read_json(path, f"The file '{path}'"), origin)
