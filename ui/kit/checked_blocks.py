"""Blocks that look at what clients send before Gradio does, and answer what they cannot take with a sentence.

Gradio would open or fetch what a path or an address names, answer a full disk, or a value of another kind than its
field's, with "Error", and print a traceback of each.
"""

from __future__ import annotations

import html
import logging
import math
from collections.abc import Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState
from gradio_client.utils import is_file_obj, is_http_url_like
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fuse_core.common.checks import text
from fuse_core.common.errors import UserError, full_disk
from ui.kit.messages import told
from ui.kit.uploads import uploaded

log = logging.getLogger(__name__)

MISFIT = "A field holds what it cannot hold. Enter another value, or open the page again."
FAILED = "Something went wrong ({}). The log has the details."
LONGEST = 300  # characters of what Gradio says of a value, which it quotes


class CheckedBlocks(gr.Blocks):
    """``gr.Blocks`` that refuses files that were not uploaded, and numbers that JSON does not have, in any field."""

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, explicit_call: bool = False
    ) -> list[Any]:
        check_sent(inputs)
        for field, value in zip(block_fn.inputs, inputs, strict=False):
            _check_length(field, value)
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error as error:
            raise _refusal(_shortened(error.message)) from None
        except Exception as error:
            if full_disk(error):
                raise
            log.warning(
                "The handler %s was sent what its fields cannot hold (%s).", block_fn.name, type(error).__name__
            )
            raise _refusal(MISFIT) from None

    async def process_api(self, *given: Any, **named: Any) -> dict[str, Any]:
        """Gradio writes files before and after a handler runs: a full disk is told there, too."""
        try:
            return await super().process_api(*given, **named)
        except gr.Error:
            raise
        except Exception as error:
            full = full_disk(error)
            log.error(str(full or "A handler failed."), exc_info=None if full else error)
            raise _refusal(str(full or FAILED.format(type(error).__name__))) from None


async def answer_to_full_disk(request: Request, error: Exception) -> Response:
    """What the server answers where a request, such as an upload, met a full disk; any other error is raised again."""
    if full := full_disk(error):
        log.error("%s", full)
        return PlainTextResponse(str(full), 507)
    raise error


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
            if is_file_obj(value):  # with Gradio's mark, which clients may leave out, or without
                _check_file(value["path"])
            left.extend(value.values())
        elif isinstance(value, (list, tuple)):
            left.extend(value)


def _check_length(field: Any, value: Any) -> None:
    """Browsers let nobody type more than ``max_length``, and Gradio takes whatever is sent."""
    if isinstance(value, str) and (longest := getattr(field, "max_length", None)):
        try:
            text(field.label or "text", value, longest)
        except UserError as error:
            raise _refusal(told(error)) from error


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


def _shortened(message: str) -> str:
    """What Gradio says of a value, which it quotes: without the middle where it is long, and nothing in it as HTML."""
    half = LONGEST // 2
    short = message if len(message) <= LONGEST else f"{message[: half - 2]} … {message[1 - half :]}"
    return html.escape(short, quote=False)
