"""What adding a tokenizer of one's own does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.words.tokenizer import WordTokenizer
from ui.analyse.tokenizers.shelf import MOST_OWN, Own, Shelf
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.jobs import JobRunner
from ui.kit.progress_line import progress_line
from ui.kit.split_fragments import short

JOB = "own tokenizer"
BESIDE = 4  # tokenizers beside the pair
REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")  # OWNER/NAME on a hub, and no path of this computer


@dataclass(frozen=True)
class Components:
    """What the handlers fill: ``own`` holds the visitor's tokenizers, the menus offer them."""

    status: gr.HTML
    own: gr.State
    others: gr.Dropdown
    rows: gr.Dropdown
    columns: gr.Dropdown


class OwnHandlers:
    """Stateless but for the shared library and the running jobs; a visitor's tokenizers come in and go out."""

    def __init__(self, components: Components, library: Library, runner: JobRunner) -> None:
        self.components, self.library, self.runner = components, library, runner
        self.status = components.status

    @guarded
    def upload(self, request: gr.Request, file: str, own: Own, others: list[str]) -> Iterator[Update]:
        """Take a file's tokenizer and show it beside the pair."""

        def work(progress: Progress) -> WordTokenizer:
            from fuse_core.models.tokenizer_files.reading import read_tokenizer

            progress(0.0, f"Reading {Path(file).name}")
            return read_tokenizer(f"own: {short(Path(file).name)}", Path(file))

        tokenizer = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield self._added(Shelf(self.library, own), tokenizer, others)

    @guarded
    def fetch(self, request: gr.Request, name: str, own: Own, others: list[str]) -> Iterator[Update]:
        """Take the tokenizer of a repository on a hub."""
        name = name.strip()
        if not REPOSITORY.fullmatch(name) or Path(name).exists():
            raise UserError(f"'{short(name)}' is no repository of a hub.", "Write OWNER/NAME, or upload a file.")

        def work(progress: Progress) -> WordTokenizer:
            progress(0.0, f"Asking the hub for {name}")
            return self.library.tokenizer(name)

        tokenizer = yield from progress_line(self.status, self.runner.run(request, JOB, work))
        yield self._added(Shelf(self.library, own), tokenizer, others)

    def _added(self, shelf: Shelf, tokenizer: WordTokenizer, others: list[str]) -> Update:
        more, parts = shelf.with_own(tokenizer), self.components
        if len(more.own) > MOST_OWN:
            raise UserError(f"{MOST_OWN} tokenizers of your own are held already.", "Open the page anew to drop them.")
        note = f"'{tokenizer.key}' has {tokenizer.vocab_size:,} tokens; it is offered for the table of buckets, too."
        shown = list(dict.fromkeys([*others, tokenizer.key]))
        if len(shown) > BESIDE:
            shown, note = others, f"{note} {BESIDE} stand beside the pair already: take one away to see it there."
        choices = more.choices()
        return {
            parts.status: status(note),
            parts.own: more.own,
            parts.others: gr.Dropdown(choices, value=shown, multiselect=True),
            parts.rows: gr.Dropdown([AS_SOURCE, *choices]),
            parts.columns: gr.Dropdown([AS_TARGET, *choices]),
        }


AS_SOURCE, AS_TARGET = ("the source model above", "source"), ("the target model above", "target")


def chosen(name: str, pair: tuple[str, str]) -> str:
    """The tokenizer that a menu of the bucket table means."""
    return {AS_SOURCE[1]: pair[0], AS_TARGET[1]: pair[1]}.get(name, name)
