"""A run to take along: caption, pictures, curve, tree, and every step's prompts, on one page without a server."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from fuse_core.common.pictures import to_data_url
from fuse_core.models import catalog
from fuse_core.search.config import CaptionConfig, config_options
from ui.kit.standalone import Part, standalone
from ui.kit.templates import render
from ui.optimise.beam_tree import beam_tree
from ui.optimise.changed_settings import changed_before
from ui.optimise.objective_curve import objective_curve
from ui.optimise.visit_state import VisitState

SIDE = 320  # pixels of a picture's longer side


def run_page(visit: VisitState) -> str:
    """The run on show as HTML; it has at least one step. About 2 MB, which is the figures' library."""
    config, steps, best = visit.config, visit.steps, visit.best
    assert config is not None
    losses = best.losses or {}
    pictures = [to_data_url(picture, SIDE, "JPEG") for picture in visit.current_pictures]
    head = render(
        "run_page",
        caption=best.text.strip(),
        prefix=config.prefix,
        suffix=config.suffix,
        pictures=pictures,
        objective=f"{best.objective or 0.0:.3f}",
        terms=[(term.what, _title(term.model), f"{term.weight:g}", losses.get(term.name)) for term in config.terms],
    )
    rows = []
    for step in steps:
        finished, changed = step.finished_prompts, changed_before(visit.configs, step.index)
        for beam in (*step.beams, *finished):
            if beam.objective is not None:
                note = "finished" if beam in finished else ""
                rows.append([step.index, beam.text.strip(), round(beam.objective, 3), note, changed])
    table = pd.DataFrame(rows, columns=["step", "prompt", "objective", "", "settings changed before"])
    parts: list[Part] = [
        head,
        "<h2>Objective by step</h2>",
        objective_curve(steps, config, configs=visit.configs),
        "<h2>Prompts that were kept, as a tree</h2>",
        '<div class="tree">',
        beam_tree(steps, steps[-1]),
        "</div>",
        "<h2>Prompts by step</h2>",
        table.loc[:, (table != "").any()],
        render("run_settings", rows=_told(config), settings=json.dumps(config.as_dict(), ensure_ascii=False, indent=1)),
    ]
    return standalone(f"FUSE Explorer: {best.text.strip()}", parts)


def _told(config: CaptionConfig) -> list[tuple[str, str]]:
    """The settings as people call them."""
    options, values = config_options(), config.as_dict()
    return [(options[name].label, _value(value)) for name, value in values.items() if name in options]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _title(value)
    return "none" if value in (None, [], {}) else str(value) if isinstance(value, (int, float)) else json.dumps(value)


def _title(name: str) -> str:
    """A model's name for people; of anything else, itself."""
    return next((entry.title for entry in catalog.entries() if entry.key == name), name)
