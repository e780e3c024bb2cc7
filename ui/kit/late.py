"""Parts of the page that reach the browser when a visitor first opens their tab.

Gradio's script goes through all events of a page for each of its components before anything is on show. A part is built
and wired with the rest of the page, once for all visitors; but the page is sent without it, and its components and
events follow later, as those of ``gr.render`` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import gradio as gr
from gradio.blocks import Block, BlockContext
from gradio.components import Component
from gradio.context import LocalContext

from ui.kit.checked_blocks import CheckedBlocks
from ui.kit.wiring import PRIVATE, first_opened

LOAD = "load"


class LatePage(CheckedBlocks):
    """Blocks some of whose tabs are parts.

    Attributes
    ----------
    parts : list of Part
    """

    def __init__(self, **about: Any) -> None:
        self.parts: list[Part] = []
        super().__init__(**about)

    def __exit__(self, exc_type: type[BaseException] | None = None, *more: Any) -> None:
        try:
            if exc_type is None:
                _tell_interactive(self)
                _share_out(self)
        except ValueError as error:
            exc_type = type(error)
            raise
        finally:
            super().__exit__(exc_type, *more)

    def part_of(self, block: Block) -> Part | None:
        """The part that a block is laid out in."""
        inside: Any = block
        while inside is not None:
            for part in self.parts:
                if part.column is inside:
                    return part
            inside = inside.parent
        return None

    def get_config_file(self) -> Any:
        """The page as it is sent, without its parts. Gradio asks for it."""
        config: Any = super().get_config_file()
        late = {block._id for part in self.parts for block in _inside(part.column)}
        columns = {part.column._id for part in self.parts}
        sent = {fn_id for fn_id, fn in self.fns.items() if fn.rendered_in is None}
        _empty(config["layout"], columns)
        config["components"] = [block for block in config["components"] if block["id"] not in late]
        config["dependencies"] = [fn for fn in config["dependencies"] if fn["id"] in sent]
        for page in config["page"].values():
            page["components"] = [block for block in page["components"] if block not in late]
            page["dependencies"] = [fn for fn in page["dependencies"] if fn in sent]
        return config


class Part:
    """What a tab holds: made inside it, laid out and wired inside ``with part:``.

    Parameters
    ----------
    page : LatePage
    tab : Tab
        Whose first opening brings the part.

    Attributes
    ----------
    relay : State
        Its change begins what begins outside of the part, too.
    arrives : listener
        The event of its coming, for handlers that fill something in it. Nothing is computed for visitors who never open
        the tab, and nothing again for those who come back to it.
    """

    def __init__(self, page: LatePage, tab: gr.Tab) -> None:
        opened = first_opened(tab)
        self.column = gr.Column(elem_classes="fx-part")
        self.page, self.tab, self.arrives = page, tab, page.load
        self._id = self.container_id = self.column._id  # as Gradio's own Renderable has
        bringing: Any = page.fns[opened.change(self.fn, None, None, **PRIVATE)["id"]]
        bringing.renderable = self
        page.parts.append(self)

    def fn(self) -> None:
        """The answer is the part, which Gradio adds: as it was laid out, whatever was meanwhile told of it."""
        visit = LocalContext.blocks_config.get()
        if visit is not None:
            visit.blocks |= {block._id: block for block in _inside(self.column)}

    def __enter__(self) -> Part:
        self.column.__enter__()
        self.relay = gr.State(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.column.__exit__(kind, error, trace)


def _inside(context: BlockContext) -> Iterator[Block]:
    for block in context.children:
        yield block
        if isinstance(block, BlockContext):
            yield from _inside(block)


def _empty(layout: dict[str, Any], columns: set[int]) -> None:
    for child in layout.get("children", ()):
        if child["id"] in columns:
            child["children"] = []
        else:
            _empty(child, columns)


def _tell_interactive(page: LatePage) -> None:
    """Say of every component what the browser would conclude from the events of the whole page."""
    taken = {block for fn in page.fns.values() for block in fn.inputs}
    filled = {block for fn in page.fns.values() for block in fn.outputs}
    for block in page.blocks.values():
        if isinstance(block, Component) and getattr(block, "interactive", True) is None:
            bare = block.value is None or block.value in ("", 0, [])
            block.interactive = block in taken or (block not in filled and bare)


def _share_out(page: LatePage) -> None:
    """Leave to each part the events that begin inside it or take what stands there, and what follows them.

    What begins outside of it goes by the part's relay: the browser knows a component's events by the last
    that came, and hears of a state's change only once what is wired to that is there.
    """
    part_of = {block._id: part for part in page.parts for block in _inside(part.column)}
    relayed: dict[tuple[int, str], set[Part]] = {}
    for fn in list(page.fns.values()):
        if fn.trigger_after is not None:
            fn.rendered_in = page.fns[fn.trigger_after].rendered_in
            continue
        begins = [fn.outputs[0]._id if event == LOAD and fn.outputs else at or 0 for at, event in fn.targets]
        homes = [part_of.get(at) for at in begins]
        found = {part for part in homes if part} or {part_of[b._id] for b in fn.inputs if b._id in part_of}
        if not found:
            continue
        if len(found) > 1:
            raise ValueError(f"'{fn.name}' begins in two parts of the page, which come one by one.")
        [part] = found
        outside = [target for target, home in zip(fn.targets, homes, strict=True) if home is None]
        if outside:
            fn.targets = [target for target in fn.targets if target not in outside] + [(part.relay._id, "change")]
        for target in outside:
            relayed.setdefault((target[0] or 0, target[1]), set()).add(part)
        fn.rendered_in = part  # type: ignore[assignment]
    for (at, event), parts in relayed.items():
        relays = [part.relay for part in parts]
        getattr(page.blocks[at], event)(_counted, relays, relays, **PRIVATE)


def _counted(*counts: int) -> int | list[int]:
    first, *others = (count + 1 for count in counts)
    return [first, *others] if others else first
