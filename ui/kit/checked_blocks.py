"""Blocks that look at what clients send before Gradio does, which would fetch what an address names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like


class CheckedBlocks(gr.Blocks):
    """``gr.Blocks`` that refuses addresses in place of files, and numbers that JSON does not have, in any field."""

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, explicit_call: bool = False
    ) -> list[Any]:
        check_sent(inputs)
        return await super().preprocess_data(block_fn, inputs, state, explicit_call)


def check_sent(inputs: Sequence[Any]) -> None:
    """Look through all that a client sent, however deep; linear in its size.

    Raises
    ------
    gr.Error
        With a sentence for the visitor.
    """
    left = [*inputs]
    while left:
        value = left.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise _refusal("A number in this request is infinite, or none at all. Enter another one.")
        if isinstance(value, dict):
            if _is_address(value):
                raise _refusal("Nothing is fetched from addresses. Upload the file itself.")
            left.extend(value.values())
        elif isinstance(value, (list, tuple)):
            left.extend(value)


def _is_address(value: dict[str, Any]) -> bool:
    """Whether it is data of a file, as Gradio knows it, that lies elsewhere."""
    if "path" not in value:
        return False
    marked = isinstance(value.get("meta"), dict) and is_file_obj_with_meta(value)
    return marked and is_http_url_like(value["path"])


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
