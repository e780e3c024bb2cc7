"""The Tokenizers view: splits of one text, word by word, and the bucket table of the pair."""

from __future__ import annotations

import gradio as gr

from fuse_core.library import Library
from ui.analyse.pair import Pair
from ui.analyse.tokenizers import bucket_view, own_view, split_view
from ui.analyse.tokenizers.shelf import Shelf
from ui.kit.jobs import JobRunner
from ui.kit.late import Part
from ui.kit.links import Setting
from ui.kit.texts import text


def build(part: Part, library: Library, pair: Pair, runner: JobRunner) -> dict[str, Setting | gr.State]:
    """Lay the view out and wire it; returns the settings that links carry."""
    gr.Markdown(text("tokenizers.md"), elem_classes="fx-intro")
    menus = bucket_view.sides(Shelf(library))
    own = own_view.build(library, menus, runner)
    split = split_view.build(part, library, pair, own.own, own.others, runner)
    buckets = bucket_view.build(part, library, pair, own.own, menus, runner)
    return {"others": own.others} | split | buckets
