"""The Batch tab: captions for several pictures, results as they come."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from fuse_core.adapter.fit import Cancelled
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.search.batch import BatchResult, caption_all, csv_table
from ui.kit import budget_settings as several
from ui.kit import fragments
from ui.kit.background import in_background
from ui.kit.guard import guarded
from ui.kit.jobs import Jobs
from ui.kit.texts import text
from ui.kit.uploads import FilesInput
from ui.kit.wiring import PRIVATE

COLUMNS = ["picture", "caption", "objective", "note"]


def table(results: list[BatchResult]) -> pd.DataFrame:
    """One row a picture, in order."""
    rows = [
        [
            r.image,
            r.values.get("caption", ""),
            round(r.values["objective"], 3) if "objective" in r.values else None,
            r.values.get("error", "from before" if r.repeated else ""),
        ]
        for r in results
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


class BatchHandlers:
    """Stateless but for the shared library and the running jobs; a visitor's journal is a file of their own."""

    def __init__(self, library: Library, jobs: Jobs) -> None:
        self.library, self.jobs = library, jobs

    @guarded(4)
    def run(self, request: gr.Request, files: list[str] | None, journals: dict, *budget) -> Iterator[tuple]:
        """Caption every picture that is not done yet."""
        if not files:
            raise UserError("There are no pictures yet.", "Choose some files, then press Run.")
        config = several.read(*budget)
        paths = _distinct([Path(file) for file in files])
        # One journal a choice of settings: Run after a change starts anew, and back again goes on.
        journal = journals.setdefault(repr(config), Path(tempfile.mkdtemp(prefix="fuse-batch-")) / "captions.jsonl")
        results: list[BatchResult] = []
        with self.jobs.started(request) as stop:

            def work(say: Progress) -> list[BatchResult]:
                say(0.0, f"Starting with {paths[0].name}: loading models if they are not yet")
                for result in caption_all(self.library, config, paths, journal, stop.is_set):
                    results.append(result)
                    say(len(results) / len(paths), f"{len(results)} of {len(paths)} pictures done")
                return results

            try:
                for news in in_background(work, stop):
                    line = fragments.status(news[1], share=news[0]) if isinstance(news, tuple) else _summary(results)
                    yield line, table(results), *_files(results, journal)
            except Cancelled:
                note = f"Stopped after {len(results)} of {len(paths)} pictures. Run goes on with the next."
                yield fragments.status(note), table(results), *_files(results, journal)


def _distinct(paths: list[Path]) -> list[Path]:
    """Results are filed by name, so two files of one name cannot go together."""
    names = [path.name for path in paths]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UserError(f"Two of the files are called '{twice}'.", "Rename one of them.")
    return paths


def _summary(results: list[BatchResult]) -> str:
    bad = sum("error" in r.values for r in results)
    done = f"Finished: {len(results) - bad} caption" + ("" if len(results) - bad == 1 else "s")
    return fragments.status(done + (f", {bad} that could not be read." if bad else "."))


def _files(results: list[BatchResult], journal: Path) -> tuple[Any, Any]:
    """The downloads: the table as CSV, and the journal."""
    if not results:
        return gr.DownloadButton(interactive=False), gr.DownloadButton(interactive=False)
    csv = journal.with_suffix(".csv")
    csv.write_text(csv_table(results), "utf-8")
    return gr.DownloadButton(value=str(csv), interactive=True), gr.DownloadButton(value=str(journal), interactive=True)


def build(library: Library, jobs: Jobs, preset: str) -> None:
    """Lay the tab out and wire it."""
    handlers = BatchHandlers(library, jobs)
    journals = gr.State({})
    gr.Markdown(text("batch.md"), elem_classes="fx-intro")
    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            files = FilesInput(label="Pictures", file_count="multiple", elem_id="batch-files", height=200)
            budget = several.build(preset, "batch")
            with gr.Row(elem_classes="fx-buttons"):
                run = gr.Button("Run", variant="primary", elem_id="batch-run", min_width=100)
                stop = gr.Button("Stop", elem_id="batch-stop", min_width=80)
        with gr.Column(scale=5, min_width=340):
            status = gr.HTML(elem_id="batch-status", padding=False)
            rows = gr.Dataframe(
                table([]),
                label="Captions",
                interactive=False,
                wrap=True,
                column_widths=["140px", "45%", "110px", "25%"],
                max_height=520,
                elem_id="batch-table",
                buttons=[],
            )
            with gr.Row(elem_classes="fx-buttons fx-export"):
                csv = gr.DownloadButton("CSV", size="sm", elem_id="batch-csv", interactive=False, min_width=60)
                lines = gr.DownloadButton("JSONL", size="sm", elem_id="batch-jsonl", interactive=False, min_width=60)
    work: dict[str, Any] = {**PRIVATE, "concurrency_id": "batch", "trigger_mode": "once"}
    run.click(handlers.run, [files, journals, *budget.inputs], [status, rows, csv, lines], **work)
    stop.click(jobs.cancel, None, None, queue=False, **PRIVATE)
