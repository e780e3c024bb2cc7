"""Turning errors into one sentence on the page, with everything the visitor had left as it was."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import gradio as gr
from gradio.components import Component

from fuse_core.common.errors import UserError, full_disk
from fuse_core.common.progress import Cancelled
from ui.kit.fragments import status
from ui.kit.messages import notice, told

log = logging.getLogger(__name__)

CANCELLED = "Cancelled. What was shown before is still here."
Update = dict[Any, Any]  # component -> what becomes of it; components that are not named stay as they are


class HasStatus(Protocol):
    """Handlers of one part of the page, whose messages stand in one line."""

    @property
    def status(self) -> Component: ...


def guarded(handler: Callable) -> Callable:
    """Wrap a method of ``HasStatus`` that returns an ``Update``, or is a generator of them.

    An error changes nothing but the status line, which says what is wrong, and shows a notice; so does cancelling,
    without the notice. An ``Update`` may be empty, and a generator may yield none.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def generator(self: HasStatus, *args, **kwargs) -> Iterator[Update]:
            try:
                updates = handler(self, *args, **kwargs)
                yield next(updates, None) or unchanged(self)
                for update in updates:
                    yield update or unchanged(self)
            except Exception as error:
                yield _failure(self, error)

        return generator

    @functools.wraps(handler)
    def function(self: HasStatus, *args, **kwargs) -> Update:
        try:
            return handler(self, *args, **kwargs) or unchanged(self)
        except Exception as error:
            return _failure(self, error)

    return function


def unchanged(handlers: HasStatus) -> Update:
    """Nothing changes; Gradio takes no empty dict, and empties the outputs of a generator that yields nothing."""
    return {handlers.status: gr.skip()}


def _failure(handlers: HasStatus, error: Exception) -> Update:
    if isinstance(error, Cancelled):
        return {handlers.status: status(str(error) or CANCELLED)}
    known = full_disk(error) or (error if isinstance(error, UserError) else None)
    if not known:
        log.error("A handler failed.", exc_info=error)
    elif known is not error:
        log.error("%s (%s)", known, error)
    message = f"Something went wrong ({type(error).__name__}); your run is as it was. The log has the details."
    if known:
        message = told(known)
    notice(message)
    return {handlers.status: status(message, "error")}
