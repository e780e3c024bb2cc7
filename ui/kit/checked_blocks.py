"""Blocks that look at what clients send before Gradio does, which would fetch what an address names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like

from fuse_core.common.errors import UserError
from ui.kit.messages import told
from ui.kit.uploads import uploaded


class CheckedBlocks(gr.Blocks):
    """``gr.Blocks`` that refuses files that were not uploaded, and numbers that JSON does not have, in any field."""

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
            if isinstance(value.get("meta"), dict) and is_file_obj_with_meta(value):
                _check_file(value["path"])
            left.extend(value.values())
        elif isinstance(value, (list, tuple)):
            left.extend(value)


def _check_file(path: str) -> None:
    """Gradio looks at such data before a field does, and says nothing to whom it refuses."""
    if is_http_url_like(path):
        raise _refusal("Nothing is fetched from addresses. Upload the file itself.")
    try:
        uploaded(path)
    except UserError as error:
        raise _refusal(told(error)) from error


def _refusal(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)
