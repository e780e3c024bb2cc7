"""What typing a text does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gradio as gr

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.words.comparison import compare, same_tokenizer
from fuse_core.words.scripts import unspaced
from fuse_core.words.segmenters import SEGMENTERS
from fuse_core.words.tokenizer import WordTokenizer
from ui.analyse.tokenizers import side_by_side
from ui.analyse.tokenizers.shelf import Own, Shelf
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line

JOB = "split"
MAX_CHARACTERS = 20_000
WHITE_SPACE = next(iter(SEGMENTERS))


@dataclass(frozen=True)
class Components:
    """What the handler fills."""

    status: gr.HTML
    figures: gr.Dataframe
    source: gr.HTML
    target: gr.HTML
    others: gr.HTML
    rows: gr.Dataframe


class SplitHandlers:
    """Stateless but for the shared library, the running jobs, and which of its tokenizers are known to be loaded."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status
        self._loaded: set[str] = set()

    @guarded
    def split(
        self,
        request: gr.Request,
        source: str,
        target: str,
        content: str,
        others: Sequence[str] = (),
        own: Own = (),
        words_by: str = WHITE_SPACE,
    ) -> Iterator[Update]:
        """Notes, figures, the splits of a text under the pair and others, and the words side by side."""
        shelf, names = Shelf(self.library, own), [source, target, *others]
        tokenizers = yield from progress_line(
            self.status, self.runner.run(request, JOB, lambda progress: self._tokenizers(shelf, names, progress))
        )
        notes = []
        # Half a surrogate pair, which a browser can send, is no text to a tokenizer.
        content = content.encode("utf-8", "replace").decode()
        if len(content) > MAX_CHARACTERS:
            notes.append(f"The text is long: only its first {MAX_CHARACTERS:,} characters are shown.")
            content = content[:MAX_CHARACTERS]
        if same_tokenizer(*tokenizers[:2]):
            notes.append("Both sides use the same tokenizer, so they cut every word alike.")
        cuts = compare(content, tokenizers, SEGMENTERS[words_by])
        by_other = None if words_by == WHITE_SPACE else cuts[:2]
        by_space = cuts[:2] if by_other is None else compare(content, tokenizers[:2])
        title = SEGMENTERS[words_by].title
        notes.append(side_by_side.coverage_note(by_space, by_other, unspaced(content), title))
        titles = [shelf.title(name) for name in names]
        left, right, *more = side_by_side.panes(cuts, titles)
        note = " ".join(filter(None, notes))
        yield {
            self.components.status: status(note) if note else "",
            self.components.figures: side_by_side.figures(cuts, titles),
            self.components.source: left,
            self.components.target: right,
            self.components.others: side_by_side.others(more),
            self.components.rows: side_by_side.rows(cuts, names),
        }

    def _tokenizers(self, shelf: Shelf, names: Sequence[str], progress: Progress) -> list[WordTokenizer]:
        for name in names:
            if name not in self._loaded and not shelf.is_own(name):
                # Of one in memory there is nothing to tell while somebody types.
                progress(0.0, f"Loading the tokenizer of {name}")
        found = [shelf.tokenizer(name) for name in names]
        self._loaded.update(name for name in names if not shelf.is_own(name))
        return found
