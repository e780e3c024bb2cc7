"""What takes words through a map in the Adapter view: one typed, and many measured."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from fuse_core.adapter.map import Bucketing
from fuse_core.analysis.fitted_pair import BUCKETINGS, FittedPair
from fuse_core.analysis.mapped_word import MappedWord
from fuse_core.analysis.retrieval import RetrievalReport
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from ui.analyse.adapter import tables
from ui.analyse.adapter.components import RetrievalComponents, WordComponents
from ui.analyse.adapter.pair_handlers import Shown
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.messages import told
from ui.kit.progress_line import progress_line

WORD, RETRIEVAL = "adapter word", "adapter retrieval"


class WordHandlers:
    """Where one word lands among the target's tokens."""

    def __init__(self, components: WordComponents, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def map_word(self, request: gr.Request, shown: Shown, bucketing: Bucketing, word: str) -> Iterator[Update]:
        """One word through the map: its tokens, their ranks, and the nearest tokens of every slot."""
        if shown is None:
            return

        def work(report_progress: Progress) -> tuple[MappedWord, str]:
            pair = FittedPair(self.library, *shown, report_progress)
            mapped = pair.map_word(bucketing, word)
            row = pair.row_of(bucketing, mapped)
            known = "not seen in the fit" if row is None else "a held-out word" if row.heldout else "a training word"
            return mapped, known

        try:
            mapped, known = yield from progress_line(self.status, self.runner.run(request, WORD, work))
        except UserError as error:  # typing passes through many: a line, no notice
            yield {self.status: status(told(error)), self.components.near: gr.Dataframe(visible=False)}
            return
        source, target = (self.library.tokenizer(key) for key in shown)
        yield {
            self.status: tables.word_facts(mapped, source, target, known),
            self.components.near: gr.Dataframe(tables.neighbours(mapped, target), visible=True),
        }


class RetrievalHandlers:
    """How often mapped held-out words find their own tokens."""

    def __init__(self, components: RetrievalComponents, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def measure(self, request: gr.Request, shown: Shown) -> Iterator[Update]:
        """Retrieval accuracy of both maps."""
        if shown is None:
            return

        def work(report_progress: Progress) -> dict[Bucketing, list[RetrievalReport]]:
            pair = FittedPair(self.library, *shown, report_progress)
            found: dict[Bucketing, list[RetrievalReport]] = {}
            for done, name in enumerate(BUCKETINGS):
                found[name] = pair.retrieval(name, part_of(report_progress, done / 2, (done + 1) / 2, f"{name} map: "))
            return found

        found = yield from progress_line(self.status, self.runner.run(request, RETRIEVAL, work))
        yield {
            self.status: status(tables.retrieval_summary(found)),
            self.components.results: gr.Column(visible=True),
            self.components.table: tables.retrieval(found),
        }

    def clear(self) -> Update:
        """What was measured belongs to the pair shown before."""
        return {self.status: "", self.components.results: gr.Column(visible=False)}
