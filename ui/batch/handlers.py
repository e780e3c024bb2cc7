"""What the Batch tab's button does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.library import Library
from fuse_core.search.batch import BatchResult, caption_all, csv_table
from fuse_core.search.config import CaptionConfig
from fuse_core.search.run_limits import check_run
from ui.batch.results import summary, table
from ui.kit import fragments
from ui.kit.about import About, of_config
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.visit_folders import VisitFolders

JOB = "batch"


@dataclass(frozen=True)
class Components:
    """What the handler fills."""

    status: gr.HTML
    rows: gr.Dataframe
    csv: gr.DownloadButton
    lines: gr.DownloadButton


class BatchHandlers:
    """Stateless but for what is shared; a visitor's journal is a file of their own."""

    def __init__(
        self,
        components: Components,
        library: Library,
        runner: JobRunner,
        folders: VisitFolders,
        read: Callable[..., CaptionConfig],
    ) -> None:
        self.components, self.library, self.runner, self.folders, self.read = components, library, runner, folders, read
        self.status = components.status

    @guarded
    def run(self, request: gr.Request, files: list[str] | None, *budget) -> Iterator[Update]:
        """Caption every picture that is not done yet."""
        if not files:
            raise UserError("There are no pictures yet.", "Choose some files, then press Run.")
        config = self.read(*budget)
        check_run(config, self.runner.limits)
        self.runner.limits.check("pictures", len(files), "The number of pictures")
        paths = [Path(file) for file in files]
        about = of_config(config)
        # One file a choice of settings: Run after a change starts anew, and back again goes on.
        journal = self.folders.folder(request, "batch") / f"{about.file_name('batch')}.jsonl"
        results: list[BatchResult] = []

        def work(report_progress: Progress) -> None:
            report_progress(0.0, f"Starting with {paths[0].name}: loading models if they are not yet")
            for result in caption_all(self.library, config, paths, journal, report_progress):
                results.append(result)
                report_progress(len(results) / len(paths), f"{len(results)} of {len(paths)} pictures done")

        shown = -1
        try:
            for report in self.runner.run(request, JOB, work, wait=True):
                update: Update = {self.status: fragments.status(report.what, share=report.share)}
                if len(results) > shown:  # not at every step of a picture
                    shown = len(results)
                    update |= self._results(results[:shown], journal, about)
                yield update
        except Cancelled as stopped:
            message = (
                f"{stopped} Stopped after {len(results)} of {len(paths)} pictures. Run goes on with the next.".lstrip()
            )
        else:
            message = summary(results)
        yield {self.status: fragments.status(message), **self._results(results, journal, about)}

    def _results(self, results: Sequence[BatchResult], journal: Path, about: About) -> Update:
        """The table, and the downloads: the table as CSV, and the journal."""
        update = {self.components.rows: table(results)}
        if not results:
            empty = gr.DownloadButton(interactive=False)
            return {**update, self.components.csv: empty, self.components.lines: empty}
        csv = journal.with_suffix(".csv")
        csv.write_text(csv_table(results, about.lines("captions")), "utf-8", newline="")
        return {
            **update,
            self.components.csv: gr.DownloadButton(value=str(csv), interactive=True),
            self.components.lines: gr.DownloadButton(value=str(journal), interactive=True),
        }
