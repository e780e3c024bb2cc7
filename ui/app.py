"""The page: a header and one tab a view."""

from __future__ import annotations

import gradio as gr

from fuse_core.common.devices import described
from fuse_core.library import Library
from ui.analyse import tab as analyse
from ui.baselines import tab as baselines
from ui.batch import tab as batch
from ui.endpoints.publish import publish
from ui.evaluate import tab as evaluate
from ui.evidence import tab as evidence
from ui.kit import links
from ui.kit.copy_link import CopyLink
from ui.kit.jobs import JobRunner
from ui.kit.late import LatePage, Part
from ui.kit.templates import render
from ui.kit.texts import text
from ui.kit.visit_folders import VisitFolders
from ui.kit.wiring import LATEX
from ui.learn import tab as learn
from ui.optimise import tab as optimise

DELETE_CACHE = (3_600, 86_400)  # seconds: every hour, Gradio's copies of visitors' files that are a day old


def build(
    library: Library, preset: str = "offline-caption", why: str = "", runner: JobRunner | None = None
) -> gr.Blocks:
    """The app's blocks, wired to one library of models; ``preset`` is what settings start from, ``why`` is told."""
    runner = runner or JobRunner()
    folders = VisitFolders(runner.limits.visits)
    tabs = {}
    with LatePage(title="FUSE Explorer", analytics_enabled=False, fill_width=True, delete_cache=DELETE_CACHE) as app:
        publish(app, library, runner, preset)
        device = described(str(library.device)).label
        header = gr.HTML(render("header", device=device), elem_id="header", padding=False)
        with gr.Tabs(elem_id="views", overflow_behavior="wrap"):
            with gr.Tab("Optimise", id="optimise") as tabs["optimise"]:
                door = optimise.build(app, library, runner, folders, preset, why)
            with gr.Tab("Baselines", id="baselines") as tabs["baselines"], Part(app, tabs["baselines"]) as part:
                settings = baselines.build(part, library, runner, preset)
            with gr.Tab("Batch", id="batch") as tabs["batch"], Part(app, tabs["batch"]) as part:
                settings |= batch.build(part, library, runner, folders, preset, door)
            with gr.Tab("Evaluate", id="evaluate") as tabs["evaluate"], Part(app, tabs["evaluate"]) as part:
                settings |= evaluate.build(part, library, runner, folders, preset)
            with gr.Tab("Analyse", id="analyse", elem_id="analyse") as tabs["analyse"]:
                views = analyse.build(app, library, runner)
            with gr.Tab("Evidence", id="evidence") as tabs["evidence"], Part(app, tabs["evidence"]) as part:
                settings |= evidence.build(part)
            with gr.Tab("Learn", id="learn", elem_id="learn") as tabs["learn"]:
                chapters = learn.build(app, tabs["learn"], library, runner, folders)
            with gr.Tab("How it works", id="how") as tabs["how"], Part(app, tabs["how"]):
                CopyLink("how").wire({})
                gr.Markdown(text("how.md"), latex_delimiters=LATEX, elem_classes="prose-narrow")
                cite = "To cite the method: BibTeX"
                gr.Textbox(text("fuse.bib"), label=cite, interactive=False, lines=8, buttons=["copy"], elem_id="bibtex")
        links.wire(app, views.settings | settings, links.Views(tabs, {"analyse": views.tabs, "learn": chapters}))
        for state in (block for block in app.blocks.values() if isinstance(block, gr.State)):
            state.time_to_live = 3_600 * runner.limits.idle_hours  # since it last changed
        # At each answer Gradio's script tells every component that a handler may change how far that handler is, and
        # looks each up in the whole page, though we show progress in our own words. One component is told instead.
        for function in app.fns.values():
            function.show_progress_on = [header]
        app.unload(runner.cancel_visit)
        app.unload(folders.remove)
    return app
