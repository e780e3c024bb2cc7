"""Endpoints out of functions: arguments of the right types, work in fair turns, errors as sentences, no traceback."""

from __future__ import annotations

import inspect
import logging
import reprlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, get_args, get_origin

import gradio as gr
from gradio.components.api_component import Api
from gradio.events import api
from gradio.utils import get_function_description
from pydantic import TypeAdapter, ValidationError

from fuse_core.common.errors import UserError, full_disk
from fuse_core.common.json_values import finite
from fuse_core.common.progress import Cancelled, Progress
from fuse_core.library import Library
from ui.endpoints.endpoint import ENDPOINTS, Call, Endpoint
from ui.kit.jobs import JobRunner

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two reports of how far a call is


def publish(app: gr.Blocks, library: Library, runner: JobRunner, preset: str) -> None:
    """Publish every endpoint on the page that is being built; ``preset`` is what settings start from.

    To be done first: of handlers of one name, Gradio numbers the later ones.
    """
    for endpoint in ENDPOINTS.values():
        api(published(endpoint, library, runner, preset), api_name=endpoint.name)
        _, about, returned = get_function_description(endpoint.run)
        [made] = (function for function in app.fns.values() if function.api_name == endpoint.name)
        labels = [*(about[name] for name in _parameters(endpoint.run)), *returned]
        for field, label in zip([*made.inputs, *made.outputs], labels, strict=True):
            assert isinstance(field, Api)
            field.label = label  # else the API page calls them "1st", "2nd"


def published(endpoint: Endpoint, library: Library, runner: JobRunner, preset: str) -> Callable:
    """The function as Gradio takes it: a generator of how far it is, parts of the answer, and the answer."""
    parameters, returned = _parameters(endpoint.run), inspect.signature(endpoint.run, eval_str=True).return_annotation
    files = len(get_args(returned)) - 1 if get_origin(returned) is tuple else 0  # which only the answer has
    kinds = {name: TypeAdapter(parameter.annotation) for name, parameter in parameters.items()}

    def function(*arguments: Any) -> Iterator[Any]:
        *given, request = arguments
        with _told():
            checked = {name: _checked(name, kinds[name], value) for name, value in zip(kinds, given, strict=True)}
            parts: deque[dict[str, Any]] = deque()

            def work(progress: Progress) -> Any:
                def show(part: dict[str, Any]) -> None:
                    parts.append(part)
                    progress(1.0, "")

                return endpoint.run(Call(library, runner.limits, preset, progress, show), **checked)

            with closing(runner.run(request, f"endpoint {endpoint.name}", work)) as reports:
                told = 0.0
                while True:
                    try:
                        report = next(reports)
                    except StopIteration as ended:
                        answer = ended.value
                        break
                    if report.what and time.monotonic() - told > EVERY:
                        told = time.monotonic()
                        yield _with_files({"progress": report.share, "doing": report.what}, [None] * files)
                    while parts:
                        yield _with_files(parts.popleft(), [None] * files)
            yield _with_files(answer[0], [file.model_dump() for file in answer[1:]]) if files else finite(answer)

    # Gradio reads all that it shows off the function, and the request's place off its type.
    last = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation=gr.Request)
    function.__name__, function.__doc__ = endpoint.name, inspect.getdoc(endpoint.run)
    function.__annotations__ = {name: p.annotation for name, p in parameters.items()} | {"request": gr.Request}
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*parameters.values(), last], return_annotation=returned
    )
    return function


def _parameters(run: Callable) -> Mapping[str, inspect.Parameter]:
    """What a caller gives: all but the first."""
    return dict(list(inspect.signature(run, eval_str=True).parameters.items())[1:])


def _checked(name: str, kind: TypeAdapter, value: Any) -> Any:
    """A value of the parameter's type."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]["msg"]
        raise UserError(f"'{name}' cannot be {reprlib.repr(value)}: {fault[:1].lower()}{fault[1:]}.") from None


def _with_files(answer: dict[str, Any], files: list) -> Any:
    return (finite(answer), *files) if files else finite(answer)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the block as the caller is told them: a sentence."""
    try:
        yield
    except UserError as error:
        raise gr.Error(str(full_disk(error) or error), print_exception=False) from None
    except Cancelled as error:
        raise gr.Error(str(error) or "The call was cancelled.", print_exception=False) from None
    except Exception as error:
        full = full_disk(error)
        log.error(str(full or "An endpoint failed."), exc_info=None if full else error)
        sentence = full or f"Something went wrong ({type(error).__name__}). The log has the details."
        raise gr.Error(str(sentence), print_exception=False) from None
