"""Chapter 2: why words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gradio as gr

from fuse_core.analysis.lessons.one_to_one import Share, kinds_of_words, one_to_one, placed
from fuse_core.common.progress import Progress
from fuse_core.words.alignment import AlignedWord, align
from fuse_core.words.corpus import english
from ui.kit.fragments import status
from ui.kit.guard import Update, guarded
from ui.kit.wiring import PRIVATE
from ui.learn.chapter import Chapter
from ui.learn.match_figure import match_figure
from ui.learn.page import Page
from ui.learn.tables import table
from ui.learn.tokenizer_menus import JOB, TokenizerMenus, short_title

SAMPLE = "The photographer's kittens snuggle."
MOST = 60  # characters: what the figure has room for
COUNTED = 5_000  # words


def build(page: Page) -> None:
    """Tokens matched one to one or word by word, and for how many words the former would do."""
    Widget(page).wire()


class Widget:
    """The chapter's components and what is done with them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = page.labelled(gr.Textbox(SAMPLE, lines=1, max_length=MOST, elem_id="lesson-words-text"), "text")
        self.menus = TokenizerMenus(page)
        page.carried |= {"text": self.text, **dict(zip(("source", "target"), self.menus.both, strict=True))}
        self.match = page.radio("match", ("one", "word"), elem_id="lesson-words-match")
        self.status = gr.HTML(elem_id="lesson-words-status", padding=False)
        self.said = gr.HTML(elem_id="lesson-words-said", padding=False)
        with gr.Row():
            with gr.Column(min_width=320):
                self.plot = self.page.plot("lesson-words-plot", visible=False)
            with gr.Column(min_width=320):
                self.pairs = gr.HTML(elem_id="lesson-words-pairs", padding=False)
        self.count = page.button("count", elem_id="lesson-words-count", size="sm")
        self.shares = gr.HTML(elem_id="lesson-words-shares", padding=False)

    def wire(self) -> None:
        language, menus = self.page.language, self.menus.both
        for component in (self.match, self.text, *menus, language):
            component.change(
                self.matched,
                [self.text, *menus, self.match, language],
                [self.status, self.said, self.plot, self.pairs],
                trigger_mode="always_last",
                **PRIVATE,
            )
        self.count.click(self.counted, [*menus, language], [self.status, self.shares], **PRIVATE)

    @guarded
    def matched(
        self, request: gr.Request, text: str, source: str, target: str, match: str | None, language: str
    ) -> Iterator[Update]:
        """The tokens of both sides, matched as chosen; nothing before a choice is made."""
        if match is None:
            return
        tokenizers = yield from self.menus.load(request, self.status, [source, target], language)
        aligned = align(text.encode("utf-8", "replace").decode(), *tokenizers)
        label = self.page.texts(language).labels
        pairs, said = (_one_to_one if match == "one" else _by_word)(aligned, label)
        names = [short_title(key) for key in (source, target)]
        yield {
            self.status: "",
            self.said: status(said),
            self.plot: gr.Plot(match_figure(aligned, match == "word", names, label), visible=True),
            self.pairs: pairs,
        }

    @guarded
    def counted(self, request: gr.Request, source: str, target: str, language: str) -> Iterator[Update]:
        """The most frequent English words, by how the two tokenizers' cuts of them differ."""
        tokenizers = yield from self.menus.load(request, self.status, [source, target], language)
        label = self.page.texts(language).labels

        def work(progress: Progress) -> list[Share]:
            progress(0.0, label["counting"].format(words=COUNTED))
            return kinds_of_words(tokenizers[0], tokenizers[1], english(COUNTED))

        shares = yield from self.page.live(request, self.status, JOB, work, language)
        rows = [[label[s.kind], f"{100 * s.by_word:.2f}", f"{100 * s.by_occurrence:.2f}"] for s in shares]
        headers = [label["kind"].format(words=COUNTED), label["by_word"], label["by_occurrence"]]
        yield {self.status: "", self.shares: table(headers, rows)}


def _one_to_one(aligned: Sequence[AlignedWord], label: dict[str, str]) -> tuple[str, str]:
    """A row a pair of tokens, and how many of the pairs are wrong."""
    source, target = placed([word.source for word in aligned]), placed([word.target for word in aligned])
    pairs = one_to_one(source, target)
    rows = [[k + 1, s.text, t.text, label["yes" if s.shares(t) else "no"]] for k, (s, t) in enumerate(pairs)]
    wrong = sum(not s.shares(t) for s, t in pairs)
    said = label["said_one"].format(pairs=len(pairs), wrong=wrong, left=abs(len(source) - len(target)))
    columns = ["k", label["by_source"], label["by_target"], label["shared"]]
    return table(columns, rows), said


def _by_word(aligned: Sequence[AlignedWord], label: dict[str, str]) -> tuple[str, str]:
    """A row a word: its bucket and its tokens on both sides."""
    rows = [
        [f"({word.lengths[0]}, {word.lengths[1]})", *(_joined(side.tokens) for side in (word.source, word.target))]
        for word in aligned
    ]
    said = label["said_word"].format(words=len(aligned), buckets=len({word.lengths for word in aligned}))
    return table([label["bucket"], label["by_source"], label["by_target"]], rows), said


def _joined(tokens: Sequence[str]) -> str:
    return " | ".join(token.strip() for token in tokens)


CHAPTER = Chapter("words", 2, "tokenizers", build)
