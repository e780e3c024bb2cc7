"""What the Baselines tab's button does, and the record that is shown before it is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from fuse_core.analysis.arms import Unit, arms_of
from fuse_core.analysis.comparison_record import read_record, record_of
from fuse_core.analysis.comparison_run import PictureRun, compare_pictures, rows_of
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.run_limits import check_run
from fuse_core.words.word_filter import filter_note
from ui.baselines import figures, results
from ui.kit import fragments, picture_choice, seeds
from ui.kit.about import About
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.texts import ASSETS, text

JOB = "baselines"
RECORDED = ASSETS / "recorded" / "compare.json"


@dataclass(frozen=True)
class Components:
    """What the handlers fill."""

    status: gr.HTML
    source: gr.Markdown
    steps: gr.Column
    curves: gr.Plot
    spread: gr.Plot
    means: gr.Dataframe
    differences: gr.Dataframe
    says: gr.Markdown
    rows: gr.Dataframe
    about: gr.State


class BaselineHandlers:
    """Stateless but for the shared library and the running jobs; ``read`` makes settings of the budget's fields."""

    def __init__(
        self, components: Components, library: Library, runner: JobRunner, read: Callable[..., CaptionConfig]
    ) -> None:
        self.components, self.library, self.runner, self.read = components, library, runner, read
        self.status = components.status

    @guarded
    def recorded(self) -> Update:
        """What ``compare --record`` wrote, shown when the tab is first opened."""
        record = read_record(RECORDED)
        record.pop("skipped", None)  # what lies beside the pictures
        minutes = sum(run["cpu_seconds"] or 0 for row in record["results"] for run in row["arms"].values()) / 60
        about = text("baselines-recorded.md")
        source = about.format(about=results.about(record), created=record["created"], minutes=minutes)
        told = fragments.status("Press Compare for a comparison of yours.")
        return self._results(record, source, ["recorded"]) | {self.status: told}

    @guarded
    def compare(
        self,
        request: gr.Request,
        files: list[str] | None,
        chosen: list[str] | None,
        unit: Unit | None,
        seeds_entered: str,
        preset: str,
        *budget,
    ) -> Iterator[Update]:
        """Run every arm on every picture, showing each result as it comes."""
        paths, taken = picture_choice.read(files, chosen), seeds.read(seeds_entered)
        config = self.read(preset, *budget).changed(seed=taken[0])
        check_run(config, self.runner.limits)
        self.runner.limits.check("pictures", len(paths) * len(taken), "The number of pictures and seeds")
        arms, folder = arms_of(unit or None, config.method), picture_choice.folder_of(files, chosen)
        found: list[PictureRun] = []
        skipped: list[dict[str, str]] = []

        def work(report_progress: Progress) -> None:
            for item in compare_pictures(self.library, config, paths, arms, taken, skipped, report_progress):
                found.append(item)

        def record() -> dict[str, Any] | None:
            rows = rows_of(found, arms, skipped)
            return record_of(rows, skipped, config, preset, folder, taken) if rows else None

        def shown(now: dict[str, Any] | None) -> Update:
            return self._results(now, f"**Your comparison.** {results.about(now)}", results.marks(now)) if now else {}

        told, done = "Stopped. The runs that were finished are shown.", 0
        try:
            for report in self.runner.run(request, JOB, work):
                fresh, done = shown(record()) if len(found) > done else {}, len(found)
                yield {self.status: fragments.status(report.what, share=report.share), **fresh}
        except Cancelled as stopped:
            answer, told = record(), f"{stopped} {told}".lstrip()
        else:
            answer = record()
            told = results.verdict(answer) if answer else ""
        filtered = filter_note(sum(item.run.n_filtered for item in found))
        yield {self.status: fragments.status(f"{told} {filtered}".strip()), **shown(answer)}

    def _results(self, record: dict[str, Any], source: str, marks: Sequence[str]) -> Update:
        parts, few = self.components, record["pictures"] == 1
        told = {name: record[name] for name in ("created", "preset", "folder", "pictures", "seeds") if name in record}
        return {
            parts.source: source,
            parts.steps: gr.Column(visible=figures.has_steps(record)),
            parts.curves: figures.curves(record),
            parts.spread: figures.spread(record),
            parts.means: results.mean_table(record),
            parts.differences: results.difference_table(record),
            parts.says: "" if few else results.says(record),
            parts.rows: results.runs(record),
            parts.about: About({**told, **record["config"]}, marks),
        }
