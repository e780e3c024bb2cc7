"""A visit without a browser: what is wired to a component's event is called as Gradio would call it."""

from __future__ import annotations

import copy
import html
import inspect
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pandas as pd
from gradio.block_function import BlockFunction
from gradio.blocks import Block
from gradio.helpers import special_args

READS_LINK = "() => window.fxOpened"


def read_link(page: gr.Blocks, query: str) -> dict[Any, Any]:
    """What every view fills its settings with, where the page was opened with that address."""
    found = [fn.fn(query) for fn in page.fns.values() if fn.fn and fn.js == READS_LINK]
    return {component: value for part in found for component, value in part.items()}


class Visitor:
    """The values one visit has on the page, in Python and not yet as the browser gets them.

    Parameters
    ----------
    page : Blocks
        What ``ui.app.build`` makes; components are found by their element id, else by their label.
    """

    def __init__(self, page: Any, name: str = "visitor") -> None:
        self.page = page
        self.request = gr.Request(session_hash=name)
        self._values: dict[Block, Any] = {}
        self._props: dict[Block, dict[str, Any]] = {}

    def component(self, name: str) -> Any:
        blocks = list(self.page.blocks.values())
        found = [b for b in blocks if b.elem_id == name] or [b for b in blocks if getattr(b, "label", None) == name]
        assert found, f"The page has no '{name}'."
        return found[0]

    def __getitem__(self, name: str) -> Any:
        """A component's value."""
        return self._value(self.component(name))

    def __setitem__(self, name: str, value: Any) -> None:
        """Fill a field in; nothing is triggered."""
        self._values[self.component(name)] = value

    def text(self, name: str) -> str:
        """What a person reads of an HTML component."""
        return html.unescape(re.sub(r"<[^>]*>", "", self[name]))

    def table(self, name: str) -> pd.DataFrame:
        """The first table of an HTML component, every cell as text; empty where there is none."""
        found = re.split(r"</table>", self[name] or "")[0]
        lines = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in re.findall(r"<tr>(.*?)</tr>", found)]
        head, *rows = [[html.unescape(cell) for cell in line] for line in lines] or [[]]
        return pd.DataFrame(rows, columns=head)

    def prop(self, name: str, prop: str) -> Any:
        """A component's property, such as "visible" or "choices"."""
        component = self.component(name)
        return self._props.get(component, {}).get(prop, getattr(component, prop))

    def do(self, name: str, event: str = "click", data: dict | None = None) -> None:
        """Trigger an event and let all that is wired to it, and what follows that, run to its end.

        Parameters
        ----------
        data : dict, optional
            What the event tells, such as ``{"index": 2}`` of a selection.
        """
        for _ in self.doing(name, event, data):
            pass

    def doing(self, name: str, event: str = "click", data: dict | None = None) -> Iterator[None]:
        """The same with a pause after every update."""
        yield from self._trigger((self.component(name)._id, event), data)

    def open(self, query: str = "") -> None:
        """The page is opened, with settings in its address such as "?view=adapter"; every view's are read."""
        for fn in self.page.fns.values():
            if "fxOpened" in str(fn.js) and isinstance(fn.inputs[0], gr.Textbox):
                self._values[fn.inputs[0]] = query
        for fn in self._wired((self.page._id, "load")):
            if fn.rendered_in is None or fn.js == READS_LINK:
                for _ in self._with_following(fn, None):
                    pass

    def arrive(self, name: str) -> None:
        """A tab is opened for the first time, and what it holds comes."""
        [part] = [part for part in self.page.parts if part.tab is self.component(name)]
        for fn in self._wired((self.page._id, "load")):
            if fn.rendered_in is part:
                for _ in self._with_following(fn, None):
                    pass

    def call(self, name: str) -> None:
        """Let a handler run that hangs on no component with a name, as ``Handlers.method``."""
        [fn] = [fn for fn in self.page.fns.values() if getattr(fn.fn, "__qualname__", "") == name]
        for _ in self._call(fn, None):
            pass

    def close(self) -> None:
        for _ in self._trigger((None, "unload")):
            pass

    def _wired(self, target: tuple[int | None, str]) -> list[BlockFunction]:
        return [fn for fn in self.page.fns.values() if target in fn.targets]

    def _trigger(self, target: tuple[int | None, str], data: dict | None = None) -> Iterator[None]:
        fns = self._wired(target)
        assert fns, f"Nothing is wired to {target}."
        for fn in fns:
            yield from self._with_following(fn, data)

    def _with_following(self, fn: BlockFunction, data: dict | None) -> Iterator[None]:
        relays = fn.outputs if fn.inputs == fn.outputs else ()  # what began outside of a part is handed on to it
        yield from self._call(fn, data)
        for following in self.page.fns.values():
            if following.trigger_after == fn._id:
                yield from self._call(following, None)
        for relay in relays:
            for relayed in self._wired((relay._id, "change")):
                yield from self._call(relayed, None)

    def _call(self, fn: BlockFunction, data: dict | None) -> Iterator[None]:
        if fn.fn is None:  # in the browser alone
            return
        event = gr.EventData(None, data) if data is not None else None
        arguments, *_ = special_args(fn.fn, [self._value(b) for b in fn.inputs], self.request, event)
        answer = fn.fn(*arguments)
        for update in answer if inspect.isgenerator(answer) else [answer]:
            self._take(fn, update)
            yield

    def _value(self, component: Any) -> Any:
        if component not in self._values:
            self._values[component] = copy.deepcopy(component.value)
        return self._values[component]

    def _take(self, fn: BlockFunction, answer: Any) -> None:
        if not (isinstance(answer, dict) and answer and all(isinstance(key, Block) for key in answer)):
            values = answer if isinstance(answer, (tuple, list)) and len(fn.outputs) != 1 else [answer]
            answer = dict(zip(fn.outputs, values, strict=True)) if fn.outputs else {}
        for component, value in answer.items():
            assert component in fn.outputs, f"{fn.name} returns '{component.elem_id}', which is not among its outputs."
            props = value.constructor_args if isinstance(value, Block) else value
            if not isinstance(value, Block) and not (isinstance(value, dict) and value.get("__type__") == "update"):
                props = {"value": value}
            self._props.setdefault(component, {}).update(props)
            if "value" in props:
                self._values[component] = props["value"]
