"""Chapter 3: a word is a tensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gradio as gr
import torch

from fuse_core.analysis.lessons import word_values
from fuse_core.analysis.lessons.recorded import recorded
from fuse_core.analysis.lessons.word_values import WordValues, from_record, round_trip
from fuse_core.common.progress import Progress
from ui.kit.guard import Update, guarded
from ui.kit.templates import render
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.lesson import ENGLISH
from ui.learn.numbers import matrix
from ui.learn.page import Page
from ui.learn.tables import table
from ui.learn.tensor_figure import tensor_figure
from ui.learn.tokenizer_menus import short_title, title

JOB = "lesson word values"
TOKENS = ((2, 1), (-1, 3), (1, -2))  # the word by hand: three tokens of two numbers
SLOTS = 5  # at most, by hand
LETTERS = 40  # of a word of one's own


def build(page: Page) -> None:
    """A word of three tokens in hand-sized numbers, split, padded and merged; then real ones of two models."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.numbers = []
        with gr.Row():
            for k, token in enumerate(TOKENS):
                with gr.Column(min_width=150):
                    for d, value in enumerate(token):
                        name = f"x{k + 1}{d + 1}"
                        slider = gr.Slider(-3, 3, value=value, step=1, elem_id=f"lesson-tensor-{name}")
                        self.numbers.append(page.labelled(slider, name))
        self.slots = page.labelled(gr.Slider(1, SLOTS, value=3, step=1, elem_id="lesson-tensor-slots"), "slots")
        labels = page.texts(ENGLISH).labels
        self.hand = gr.HTML(_stages(_flat(TOKENS), 3, labels), elem_id="lesson-tensor-hand", padding=False)
        page.markdown(lambda texts, _: texts.labels["real"], elem_classes="fx-lesson")
        known = recorded(page.chapter.name)
        self.words = {found.word: found for found in map(from_record, known["words"])}
        with gr.Row():
            first = next(iter(self.words))
            menu = gr.Dropdown([*self.words], value=first, elem_id="lesson-tensor-word", min_width=160)
            self.word = page.labelled(menu, "word")
            page.carried["text"] = self.word
            own = gr.Textbox(lines=1, max_length=LETTERS, elem_id="lesson-tensor-own", min_width=160)
            self.own = page.labelled(own, "own")
        page.recorded()
        self.live = page.button("live", elem_id="lesson-tensor-live", size="sm")
        self.status = gr.HTML(elem_id="lesson-tensor-status", padding=False)
        self.names = [short_title(known[side]) for side in ("source", "target")]
        self.found = gr.State(self.words[first])
        self.said = gr.HTML(_shapes(self.words[first], labels), elem_id="lesson-tensor-said", padding=False)
        self.plot = page.plot("lesson-tensor-plot", value=tensor_figure(self.words[first], self.names, labels))
        self.table = gr.HTML(_table(self.words[first], labels), elem_id="lesson-tensor-table", padding=False)

    def wire(self) -> None:
        language = self.page.language
        for component in (*self.numbers, self.slots, language):
            component.change(self.by_hand, [*self.numbers, self.slots, language], [self.hand, self.status], **PRIVATE)
        shown = [self.status, self.found, self.said, self.plot, self.table]
        language.change(self.retold, [self.found, language], shown, **PRIVATE)
        self.word.input(self.chosen, [self.word, language], shown, **PRIVATE)
        given = [self.own, self.word, language]
        self.live.click(self.measured, given, shown, **PRIVATE)
        self.own.submit(self.measured, given, shown, **PRIVATE)

    @guarded
    def by_hand(self, *given) -> Update:
        """The word of the sliders, split, padded or cut off, and merged."""
        *numbers, slots, language = given
        return {self.hand: _stages(numbers, int(slots), self.page.texts(language).labels)}

    @guarded
    def retold(self, found: WordValues, language: str) -> Update:
        """The word on show, in another language."""
        return self._shown(found, language)

    @guarded
    def chosen(self, word: str, language: str) -> Update:
        """One of the recorded words."""
        return {self.status: "", **self._shown(self.words[word], language)}

    @guarded
    def measured(self, request: gr.Request, own: str, word: str, language: str) -> Iterator[Update]:
        """A word of one's own, or the one chosen, with the embeddings of the models here and now."""
        loading = self.page.label("loading", language)

        def work(progress: Progress) -> WordValues:
            def named(share: float, key: str) -> None:
                progress(share, loading.format(title=title(key)))

            pair = word_values.SOURCE, word_values.TARGET
            return word_values.live(self.page.library, *pair, own.strip() or word, named)

        found = yield from self.page.live(request, self.status, JOB, work, language)
        yield {self.status: "", **self._shown(found, language)}

    def _shown(self, found: WordValues, language: str) -> Update:
        labels = self.page.texts(language).labels
        return {
            self.found: found,
            self.said: _shapes(found, labels),
            self.plot: tensor_figure(found, self.names, labels),
            self.table: _table(found, labels),
        }


def _table(found: WordValues, labels: dict[str, str]) -> str:
    """A row a slot: its token, its norm, and where its numbers begin."""
    rows = []
    for name, side in (("source", found.source), ("target", found.target)):
        texts = [*side.tokens, *[labels["zeros"]] * (side.tensor.shape[2] - len(side.tokens))]
        for k, text in enumerate(texts):
            begins = " ".join(f"{value:z.3f}" for value in side.tensor[0, :3, k].tolist())
            rows.append([f"{labels[name]} {k + 1}", text, f"{side.norms[k]:.2f}", f"{begins} …"])
    return table([labels[c] for c in ("slot", "token", "norm", "begins")], rows)


def _flat(tokens: Sequence[Sequence[float]]) -> list[float]:
    return [value for token in tokens for value in token]


def _shapes(found: WordValues, labels: dict[str, str]) -> str:
    """The shapes of both tensors, and the word's bucket."""
    i, j = len(found.source.tokens), len(found.target.tokens)
    shapes = [" x ".join(map(str, side.tensor.shape)) for side in (found.source, found.target)]
    said = labels["shapes"].format(word=found.word, i=i, j=j, source=shapes[0], target=shapes[1], l=max(i, j))
    return render("muted", text=said)


def _stages(numbers: Sequence[float], slots: int, labels: dict[str, str]) -> str:
    """Token sequence, frontal slices, and the sequence merged again; each slot in its colour, zeros without one."""
    tokens = torch.tensor([float(value) for value in numbers]).reshape(len(TOKENS), -1)
    found = round_trip(tokens, slots)
    d = tokens.shape[1]
    slices = [
        matrix(found.tensor[:, :, k], f"{labels['slot']} {k + 1}", [[k] * d] if k < len(tokens) else None)
        for k in range(slots)
    ]
    if found.lost:
        said = labels["lost"].format(lost=found.lost)
    else:
        said = labels["whole"].format(padded=found.padded, difference=f"{float((found.back - tokens).abs().max()):g}")
    stages = [
        (labels["sequence"].format(tokens=len(tokens), d=d), [_coloured(tokens)]),
        (labels["tensor"].format(d=d, l=slots), slices),
        (labels["merged"], [_coloured(found.back)]),
    ]
    return render("round_trip", stages=stages, said=said)


def _coloured(tokens: torch.Tensor) -> str:
    return matrix(tokens, colours=[[k] * tokens.shape[1] for k in range(len(tokens))])


CHAPTER = Chapter("tensors", 3, "tokenizers", build)
