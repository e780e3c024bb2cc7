"""The part of the Adapter view that compares kinds of adapters: its layout and wiring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import gradio as gr

from fuse_core.library import Library
from ui.analyse.adapter.components import KindComponents
from ui.analyse.adapter.kind_handlers import KINDS_JOB, KindHandlers
from ui.analyse.adapter.kind_tables import formulas
from ui.analyse.adapter.parts import all_of, prose, table_of
from ui.kit import export
from ui.kit.jobs import JobRunner
from ui.kit.plots import plot
from ui.kit.wiring import LATEX, PRIVATE


@dataclass(frozen=True)
class KindSection:
    """Its controls, and what their handlers fill."""

    compare: gr.Button
    cancel: gr.Button
    components: KindComponents

    @classmethod
    def laid_out(cls) -> Self:
        """Lay the part out."""
        gr.Markdown("### Other adapters")
        prose("adapter-kinds.md")
        with gr.Accordion("What each kind does, and its formula", open=False, elem_id="ad-kinds-formulas"):
            gr.Markdown(formulas(), elem_classes="fx-intro", latex_delimiters=LATEX)
        with gr.Row(elem_classes="fx-buttons"):
            compare = gr.Button("Compare adapters", elem_id="ad-compare", scale=0, min_width=210)
            cancel = gr.Button("Cancel", elem_id="ad-compare-cancel", scale=0, min_width=120)
        line = gr.HTML(elem_id="ad-kinds-status", padding=False)
        with gr.Column(visible=False, elem_id="ad-kinds-results") as results:
            sentence = gr.Markdown(elem_id="ad-kinds-summary")
            with gr.Row():
                errors, shares = (
                    _figure("errors", "Held-out error of every kind"),
                    _figure("shares", "Share of the target's correlation"),
                )
            table = table_of("Adapters on one pair", elem_id="ad-kinds", max_height=520)
            export.buttons("adapter-kinds", table=table)
        return cls(compare, cancel, KindComponents(line, results, sentence, errors, shares, table))

    def wire(self, shown: gr.State, library: Library, runner: JobRunner) -> None:
        """Wire it to the pair on show."""
        handlers, outputs = KindHandlers(self.components, library, runner), all_of(self.components)
        self.compare.click(handlers.compare, shown, outputs, trigger_mode="once", **PRIVATE)
        shown.change(handlers.clear, None, outputs, **PRIVATE)
        self.cancel.click(runner.cancel(KINDS_JOB), None, None, queue=False, **PRIVATE)


def _figure(name: str, title: str) -> gr.Plot:
    with gr.Column(min_width=320):
        figure = plot(title, f"ad-kinds-{name}")
        export.buttons(f"adapter-kinds-{name}", plot=figure)
    return figure
