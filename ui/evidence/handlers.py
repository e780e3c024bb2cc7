"""What the Evidence tab shows: a recorded result, or one that a visitor opens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from fuse_core.analysis.experiments.experiment import EXPERIMENTS
from fuse_core.analysis.experiments.record import RECORDED, Record, read_record
from fuse_core.common.text_files import shown_name
from ui.evidence import figures, results
from ui.kit import fragments
from ui.kit.guard import Update, guarded


@dataclass(frozen=True)
class Place:
    """Where one figure goes: its column, the heading and the figure."""

    column: gr.Column
    heading: gr.Markdown
    plot: gr.Plot


@dataclass(frozen=True)
class Components:
    """What the handlers fill."""

    status: gr.HTML
    asked: gr.Markdown
    made: gr.Markdown
    places: tuple[Place, ...]
    rows: gr.Dataframe
    about: gr.State
    file: gr.File

    @property
    def outputs(self) -> list:
        """All of them."""
        placed = [part for place in self.places for part in (place.column, place.heading, place.plot)]
        return [self.status, self.asked, self.made, *placed, self.rows, self.about, self.file]


class EvidenceHandlers:
    """Stateless."""

    def __init__(self, components: Components) -> None:
        self.components, self.status = components, components.status

    @guarded
    def recorded(self, name: str) -> Update:
        """The recorded result of an experiment; a file that was open is put away."""
        return self._shown(read_record(RECORDED / f"{name}.json"), "A recorded result.") | {self.components.file: None}

    @guarded
    def opened(self, file: str | None) -> Update:
        """A result that a visitor's own command wrote."""
        if not file:
            return {}
        what = shown_name(Path(file))
        return self._shown(read_record(Path(file), f"'{what}'"), f"Your result, {what}.")

    def _shown(self, record: Record, told: str) -> Update:
        experiment, parts = EXPERIMENTS[record["experiment"]], self.components
        found: Update = {
            parts.status: fragments.status(told),
            parts.asked: results.asked(experiment),
            parts.made: results.made(experiment, record),
            parts.rows: results.table(experiment, record),
            parts.about: results.about(record),
        }
        for k, place in enumerate(parts.places):
            drawn = experiment.figures[k] if k < len(experiment.figures) else None
            found[place.column] = gr.Column(visible=drawn is not None)
            if drawn is not None:
                title = f"{experiment.title} {drawn.title}"
                found[place.heading] = f"#### {drawn.title}"
                found[place.plot] = gr.Plot(figures.draw(experiment, drawn, record["rows"]), label=title)
        return found
