"""The Baselines tab: one picture and budget under every guidance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
import pandas as pd
import plotly.graph_objects as go

from fuse_core.adapter.fit import Cancelled
from fuse_core.analysis.baselines import Baseline, baselines
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from ui.kit import budget_settings as several
from ui.kit import export, fragments
from ui.kit.background import in_background
from ui.kit.examples import EXAMPLES, example
from ui.kit.figures import ACCENT, INK, SECOND, THIRD, empty, layout
from ui.kit.guard import guarded
from ui.kit.jobs import Jobs
from ui.kit.texts import text
from ui.kit.uploads import PictureInput
from ui.kit.wiring import PRIVATE

COLOURS = {"fuse": ACCENT, "native": THIRD, "lm": SECOND, "random": INK}
COLUMNS = ["guidance", "objective", "of lm's", "caption", "candidates scored", "LM passes", "seconds"]


def curves(found: Sequence[Baseline]) -> go.Figure:
    """The best prompt's objective after every step, one line a guidance."""
    if not found:
        return empty("Press Compare to begin.")
    figure = go.Figure()
    for b in found:
        figure.add_trace(
            go.Scatter(
                x=list(range(1, len(b.objectives) + 1)),
                y=b.objectives,
                name=b.guidance,
                mode="lines+markers",
                line={"color": COLOURS[b.guidance], "width": 3 if b.guidance == "fuse" else 2},
                hovertemplate=f"{b.guidance}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title="step", dtick=1)
    figure.update_yaxes(title="objective, lower is better")
    return layout(figure, 360)


def table(found: Sequence[Baseline]) -> pd.DataFrame:
    """One row a guidance, lowest objective first."""
    lm = next((b.objective for b in found if b.guidance == "lm"), None)
    rows = [
        [
            b.guidance,
            round(b.objective, 3),
            f"{b.objective / lm:.3f}" if lm else "",
            b.caption,
            b.evaluations,
            b.forwards,
            round(b.seconds, 1),
        ]
        for b in sorted(found, key=lambda b: b.objective)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


class BaselineHandlers:
    """Stateless but for the shared library and the running jobs."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(3)
    def compare(self, request: gr.Request, path: str | None, *budget) -> Iterator[tuple]:
        """Run every guidance, showing each result as it comes."""
        if path is None:
            raise UserError("There is no picture yet.", "Upload one, or choose an example.")
        config, image = several.read(*budget), open_picture(path)
        found: list[Baseline] = []
        with self.jobs.started(request) as stop:

            def work(say: Progress) -> list[Baseline]:
                for result in baselines(self.library, config, image, progress=say):
                    found.append(result)
                return found

            shown = 0
            try:
                for news in in_background(work, stop):
                    line = fragments.status(news[1], share=news[0]) if isinstance(news, tuple) else _verdict(found)
                    fresh, shown = len(found) != shown or not isinstance(news, tuple), len(found)
                    yield (line, curves(found), table(found)) if fresh else (line, gr.skip(), gr.skip())
            except Cancelled:
                yield fragments.status("Cancelled. The runs that were finished are shown."), curves(found), table(found)


def _verdict(found: Sequence[Baseline]) -> str:
    by = {b.guidance: b.objective for b in found}
    return fragments.status(
        f"FUSE reaches {by['fuse']:.3f}, the language model alone {by['lm']:.3f}, the image model's own gradient "
        f"{by['native']:.3f}, random proposals {by['random']:.3f}. Lower is better."
    )


def build(library: Library, jobs: Jobs, preset: str) -> None:
    """Lay the tab out and wire it."""
    handlers = BaselineHandlers(library, jobs)
    gr.Markdown(text("baselines.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            picture = PictureInput(
                str(EXAMPLES[0]),
                label="Picture",
                type="pil",
                format="png",
                sources=["upload", "clipboard"],
                height=230,
                elem_id="base-picture",
                buttons=[],
            )
            chosen = gr.Dropdown([path.stem for path in EXAMPLES], value=EXAMPLES[0].stem, label="Example picture")
            budget = several.build(preset, "base")
            with gr.Row(elem_classes="fx-buttons"):
                compare = gr.Button("Compare", variant="primary", elem_id="base-run", min_width=120)
                cancel = gr.Button("Cancel", elem_id="base-cancel", min_width=80)
        with gr.Column(scale=5, min_width=340):
            status = gr.HTML(elem_id="base-status", padding=False)
            figure = gr.Plot(curves([]), show_label=False, elem_id="base-curves")
            export.buttons("baselines-curves", plot=figure)
            rows = gr.Dataframe(
                table([]),
                label="The same budget, best first",
                interactive=False,
                elem_id="base-table",
                buttons=[],
            )
            export.buttons("baselines", table=rows)
    chosen.change(example, chosen, picture, **PRIVATE)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "baselines", "trigger_mode": "once"}
    compare.click(handlers.compare, [picture, *budget.inputs], [status, figure, rows], **work)
    cancel.click(jobs.cancel, None, None, queue=False, **PRIVATE)
