"""The ``see`` command: what the image-text model sees in a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from fuse_core.cli.commands import report_progress
from fuse_core.cli.placement import library_of
from fuse_core.cli.text_table import text_table


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options."""
    command.add_argument("image", type=Path, metavar="IMAGE")
    command.add_argument("--target", metavar="T", help="model key, see 'models'; default: that of the offline preset")


def run_see(options: argparse.Namespace) -> dict:
    """Classes and words, with their figures."""
    from fuse_core.analysis.picture_reading import read_picture
    from fuse_core.common.pictures import open_picture
    from fuse_core.search.default_preset import offline_preset
    from fuse_core.search.presets import load_preset

    key, picture = options.target or load_preset(offline_preset()).target, open_picture(options.image)
    return read_picture(library_of(options), key, picture, report_progress).as_dict()


def see_table(answer: dict) -> str:
    """The classes, a warning where none is sure, the words."""
    from fuse_core.analysis.picture_reading import UNSURE_TOLD

    parts = [text_table([{"class": name, "probability": f"{p:.1%}"} for name, p in answer["classes"]])]
    if answer["unsure"]:
        parts.append(UNSURE_TOLD)
    parts.append(text_table([{"nearest word": word, "cosine": f"{cosine:.3f}"} for word, cosine in answer["words"]]))
    return "\n\n".join(part for part in parts if part)
