"""What the Evaluate tab's button does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from fuse_core.analysis.captions import report
from fuse_core.analysis.captions.baseline_run import label, writing
from fuse_core.analysis.captions.coco import CaptionSet, read_captions
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress, part_of
from fuse_core.common.text_files import shown_name
from fuse_core.library import Library
from fuse_core.search.batch import BatchResult, caption_all
from fuse_core.search.config import CaptionConfig
from fuse_core.search.run_limits import check_run
from fuse_core.words.word_filter import filter_note
from ui.evaluate import results
from ui.kit import fragments
from ui.kit.about import About, of_config
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.texts import ASSETS
from ui.kit.visit_folders import VisitFolders

JOB, SEARCH = "evaluate", "search"
TOLD = ("created", "name", "references", "pictures", "of", "level")  # of a recorded run
SET, RECORDED = ASSETS / "eval", ASSETS / "recorded" / "evaluate.json"


@dataclass(frozen=True)
class Components:
    """What the handlers fill."""

    status: gr.HTML
    rows: gr.Dataframe
    gallery: gr.HTML
    csv: gr.DownloadButton
    lines: gr.DownloadButton
    about: gr.State


class Done(NamedTuple):
    """What a run came to: its report, and sentences on pictures without a caption, and on the word filter."""

    answer: dict[str, Any]
    notes: str


class EvaluateHandlers:
    """Stateless but for what is shared; a visitor's captions are files of their own."""

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
        """What `evaluate --record` wrote, shown when the tab is first opened."""
        answer = json.loads(RECORDED.read_text("utf-8"))
        told = f"A recorded run, of {answer['created']}. Press Evaluate for one of yours."
        return {
            self.status: fragments.status(f"{told} {results.summary(answer, '')}"),
            self.components.rows: results.table(answer),
            self.components.gallery: results.gallery(answer, lambda name: open_picture(SET / name)),
            self.components.about: About({name: answer[name] for name in TOLD}, ["recorded", answer["name"]]),
        }

    @guarded
    def run(
        self,
        request: gr.Request,
        captions: str | None,
        files: list[str] | None,
        way: str,
        others: list[str] | None,
        *budget,
    ) -> Iterator[Update]:
        """Caption the pictures of a set, those that are not done yet, and judge the captions."""
        config = self.read(*budget)
        check_run(config, self.runner.limits)
        known = read_captions(Path(captions) if captions else SET / "captions.json")
        paths = _pictures(known, captions, files)
        self.runner.limits.check("pictures", len(paths), "The number of pictures")
        compared = [report.read_run(Path(file)) for file in others or []]
        found: list[BatchResult] = []
        about = of_config(config, captions=known.name, captions_by=way)
        # One file a choice of settings: a run that was stopped goes on.
        journal = self.folders.folder(request, "evaluate") / f"{about.file_name(f'evaluate-{way}')}.jsonl"

        def work(report_progress: Progress) -> Done:
            search, target = way == SEARCH, config.target
            name, write = ("", None) if search else (label(way, known), writing(self.library, way, target, known))
            part = part_of(report_progress, 0.0, 0.9)
            for result in caption_all(self.library, config, paths, journal, part, name, write):
                found.append(result)
            name, author = (budget[0], config.source) if way == SEARCH else (way, "")
            run = report.CaptionRun(name, found, author)
            answer = report.report_against(self.library, run, compared, known, part_of(report_progress, 0.9, 1.0))
            filtered = filter_note(sum(result.n_filtered for result in found))
            return Done(answer, f"{report.failures(run, known)} {filtered}".strip())

        shown, job = -1, self.runner.run(request, JOB, work, wait=True)
        while True:
            try:
                told = next(job)
            except StopIteration as finished:
                done = finished.value
                break
            update: Update = {self.status: fragments.status(told.what, share=told.share)}
            if len(found) > shown:  # not at every step of a picture
                shown = len(found)
                update[self.components.gallery] = results.so_far(found[:shown])
            yield update
        yield self._results(done, {shown_name(path): path for path in paths}, journal, about)

    def _results(self, done: Done, paths: dict[str, Path], journal: Path, about: About) -> Update:
        answer, notes = done
        csv = journal.with_suffix(".csv")
        csv.write_text(report.csv_table(answer, about.lines("evaluation")), "utf-8", newline="")
        return {
            self.status: fragments.status(results.summary(answer, notes)),
            self.components.rows: results.table(answer),
            self.components.gallery: results.gallery(answer, lambda name: open_picture(paths[name])),
            self.components.csv: gr.DownloadButton(value=str(csv), interactive=True),
            self.components.lines: gr.DownloadButton(value=str(journal), interactive=True),
            self.components.about: about,
        }


def _pictures(known: CaptionSet, captions: str | None, files: Sequence[str] | None) -> list[Path]:
    """The set's pictures: uploaded, or those of `assets/eval`."""
    if not captions:
        if files:
            raise UserError("There are pictures, but no captions of them.", "Upload their captions as COCO's JSON.")
        return known.among(SET.iterdir())
    if not files:
        raise UserError(f"The pictures of '{known.name}' are missing.", "Upload them, too.")
    found = known.among(map(Path, files))
    if not found:
        raise UserError(f"None of the pictures is called as '{known.name}' has them.", "Upload those that it names.")
    return found
