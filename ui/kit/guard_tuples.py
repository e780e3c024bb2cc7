"""``guarded`` for handlers that return tuples, until those of the Analyse tab return dicts."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from fuse_core.common.errors import UserError
from ui.kit.fragments import status

log = logging.getLogger(__name__)


def only_status(line: Any, outputs: int, at: int = 0) -> tuple:
    """``outputs`` outputs of which the status line alone changes."""
    return tuple(line if k == at else gr.skip() for k in range(outputs))


def guarded(outputs: int, status_at: int = 0) -> Callable:
    """Wrap a handler (function or generator) of ``outputs`` outputs, one of which is the status line.

    An error leaves every output untouched but the status line, which says what is wrong, and shows a notice.
    """

    def failure(error: Exception) -> Any:
        if isinstance(error, UserError):
            message = str(error)
        else:
            log.error("A handler failed.", exc_info=error)
            message = f"Something went wrong ({type(error).__name__}); your run is as it was. The log has the details."
        gr.Warning(message)
        left = only_status(status(message, "error"), outputs, status_at)
        return left if outputs > 1 else left[0]

    def decorate(handler: Callable) -> Callable:
        if inspect.isgeneratorfunction(handler):

            @functools.wraps(handler)
            def generator(*args, **kwargs) -> Iterator[Any]:
                try:
                    yield from handler(*args, **kwargs)
                except Exception as error:
                    yield failure(error)

            return generator

        @functools.wraps(handler)
        def function(*args, **kwargs) -> Any:
            try:
                return handler(*args, **kwargs)
            except Exception as error:
                return failure(error)

        return function

    return decorate
