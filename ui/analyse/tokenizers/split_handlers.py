"""What typing a text does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import gradio as gr
import pandas as pd

from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models import catalog
from fuse_core.words.alignment import align
from fuse_core.words.tokenizer import WordTokenizer
from ui.analyse import split_fragments
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line

JOB = "split"
MAX_CHARACTERS = 20_000


@dataclass(frozen=True)
class Components:
    """What the handler fills."""

    status: gr.HTML
    source: gr.HTML
    target: gr.HTML
    rows: gr.Dataframe


class SplitHandlers:
    """Stateless but for the shared library, the running jobs, and which tokenizers are known to be loaded."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status
        self._loaded: set[str] = set()

    @guarded
    def split(self, request: gr.Request, source: str, target: str, content: str) -> Iterator[Update]:
        """A note, both splits of a text, and the words side by side."""
        tokenizers = yield from progress_line(
            self.status, self.runner.run(request, JOB, lambda progress: self._tokenizers((source, target), progress))
        )
        notes = []
        # Half a surrogate pair, which a browser can send, is no text to a tokenizer.
        content = content.encode("utf-8", "replace").decode()
        if len(content) > MAX_CHARACTERS:
            notes.append(f"The text is long: only its first {MAX_CHARACTERS:,} characters are shown.")
            content = content[:MAX_CHARACTERS]
        if same_tokenizer(*tokenizers):
            notes.append("Both sides use the same tokenizer, so they cut every word alike.")
        aligned = align(content, *tokenizers)
        titles = catalog.entry(source).title, catalog.entry(target).title
        left, right = split_fragments.both_splits(aligned, *zip(titles, tokenizers, strict=True))
        columns = ["word", "bucket (i, j)", f"source: {source}", f"target: {target}"]
        yield {
            self.components.status: status(" ".join(notes)) if notes else "",
            self.components.source: left,
            self.components.target: right,
            self.components.rows: pd.DataFrame(split_fragments.aligned_rows(aligned, *tokenizers), columns=columns),
        }

    def _tokenizers(self, keys: tuple[str, str], progress: Progress) -> list[WordTokenizer]:
        for key in keys:
            if key not in self._loaded:  # of one in memory there is nothing to tell while somebody types
                progress(0.0, f"Loading the tokenizer of {key}")
        found = [self.library.tokenizer(key) for key in keys]
        self._loaded.update(keys)
        return found


def same_tokenizer(source: WordTokenizer, target: WordTokenizer) -> bool:
    """Whether the two cut all text alike."""
    return source is target or source.fingerprint == target.fingerprint
