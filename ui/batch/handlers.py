"""What the Batch tab's buttons do, and the record that is shown before one is pressed."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from fuse_core.common.progress import Cancelled, Progress, part_of
from fuse_core.library import Library
from fuse_core.search.batch import caption_all, csv_table, run_file
from fuse_core.search.batch_record import read_record
from fuse_core.search.config import CaptionConfig
from fuse_core.search.run_limits import check_run
from ui.batch.results import Row, mean, summary, table
from ui.kit import fragments, picture_choice, seeds
from ui.kit.about import About, of_config
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.texts import ASSETS, text
from ui.kit.visit_folders import VisitFolders

JOB = "batch"
RECORDED = ASSETS / "recorded" / "batch.json"


@dataclass(frozen=True)
class Components:
    """What the handlers fill; ``held`` has the rows on show."""

    status: gr.HTML
    source: gr.Markdown
    rows: gr.HTML
    csv: gr.DownloadButton
    lines: gr.DownloadButton
    held: gr.State


class BatchHandlers:
    """Stateless but for what is shared; a visitor's journals and runs are files of their own."""

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
    def recorded(self) -> Update:
        """What ``caption --record`` wrote, shown when the tab is first opened."""
        record, config, results = read_record(RECORDED)
        folder = ASSETS / record["folder"]
        rows = [Row(result, folder / result.image, config, None, result.image) for result in results]
        source = text("batch-recorded.md").format(n=len(rows), mean=mean(rows), **record)
        told = fragments.status("Press Run for captions of yours.")
        return {**self._rows(rows), self.components.source: source, self.status: told}

    @guarded
    def run(
        self, request: gr.Request, files: list[str] | None, chosen: list[str] | None, seeds_entered: str, *budget
    ) -> Iterator[Update]:
        """Caption every picture with every seed that is not done yet."""
        paths, taken = picture_choice.read(files, chosen), seeds.read(seeds_entered)
        configs = [self.read(*budget).changed(seed=seed) for seed in taken]
        check_run(configs[0], self.runner.limits)
        self.runner.limits.check("pictures", len(paths) * len(taken), "The number of pictures and seeds")
        about = of_config(configs[0], seeds=taken)
        folder = self.folders.folder(request, "batch")
        # One file a choice of settings: Run after a change starts anew, and back again goes on.
        journals = [folder / f"{of_config(config).file_name('batch')}.jsonl" for config in configs]
        rows: list[Row] = []
        total = len(paths) * len(configs)

        def work(report_progress: Progress) -> None:
            report_progress(0.0, f"Starting with {paths[0].name}: loading models if they are not yet")
            for k, (config, journal) in enumerate(zip(configs, journals, strict=True)):
                mark = f", seed {config.seed}" if len(configs) > 1 else ""
                part = part_of(report_progress, k / len(configs), (k + 1) / len(configs))
                runs = journal.with_suffix("")
                results = caption_all(self.library, config, paths, journal, part, runs=runs)
                for path, result in zip(paths, results, strict=True):
                    kept = run_file(runs, result.sha256)
                    rows.append(Row(result, path, config, kept if kept.exists() else None, f"{result.image}{mark}"))
                    report_progress(len(rows) / total, f"{len(rows)} of {total} {'runs' if mark else 'pictures'} done")

        shown = -1
        source = {self.components.source: ""}
        try:
            for report in self.runner.run(request, JOB, work, wait=True):
                update: Update = {self.status: fragments.status(report.what, share=report.share), **source}
                if len(rows) > shown:  # not at every step of a picture
                    shown = len(rows)
                    update |= self._results(rows[:shown], folder, journals, about)
                yield update
        except Cancelled as stopped:
            what = "runs" if len(taken) > 1 else "pictures"
            message = f"{stopped} Stopped after {len(rows)} of {total} {what}. Run goes on with the next.".lstrip()
        else:
            message = summary(rows)
        yield {self.status: fragments.status(message), **source, **self._results(rows, folder, journals, about)}

    def run_of(self, event: gr.EventData, rows: list[Row]) -> str | None:
        """The session file of the row whose button was pressed."""
        row = _row(event, rows)
        if row and row.run and row.run.exists():
            return str(row.run)
        gr.Warning("This run is not kept any more. Press Run to make it again.")
        return None

    def picture_of(self, event: gr.EventData, rows: list[Row]) -> list[object]:
        """The picture of the row whose button was pressed, and its settings."""
        row = _row(event, rows)
        return [str(row.path), row.config] if row else [None, None]

    def _rows(self, rows: Sequence[Row]) -> Update:
        return {self.components.rows: table(rows), self.components.held: list(rows)}

    def _results(self, rows: Sequence[Row], folder: Path, journals: Sequence[Path], about: About) -> Update:
        """The table, and the downloads: the table as CSV, and the journals, of several seeds in one archive."""
        update = self._rows(rows)
        if not rows:
            empty = gr.DownloadButton(interactive=False)
            return {**update, self.components.csv: empty, self.components.lines: empty}
        csv, lines = folder / f"{about.file_name('captions')}.csv", journals[0]
        results = [replace(row.result, image=row.name) for row in rows]
        csv.write_text(csv_table(results, about.lines("captions")), "utf-8", newline="")
        if len(journals) > 1:
            lines = csv.with_suffix(".zip")
            with zipfile.ZipFile(lines, "w", zipfile.ZIP_DEFLATED) as archive:
                for journal in filter(Path.exists, journals):
                    archive.write(journal, journal.name)
        return {
            **update,
            self.components.csv: gr.DownloadButton(value=str(csv), interactive=True),
            self.components.lines: gr.DownloadButton(value=str(lines), interactive=True),
        }


def _row(event: gr.EventData, rows: list[Row]) -> Row | None:
    index = getattr(event, "index", None)  # what a client sent
    return rows[index] if isinstance(index, int) and 0 <= index < len(rows) else None
