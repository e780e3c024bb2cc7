"""Serving the page: its theme and scripts, the answers to hosts that watch it, and its end."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fuse_core.common.devices import chosen_device
from fuse_core.common.errors import UserError
from fuse_core.common.hosting import is_public
from fuse_core.common.limits import VARIABLE, limits_from
from fuse_core.library import Library
from fuse_core.search.default_preset import default_preset
from ui import logs
from ui.address import Address
from ui.app import build
from ui.endpoints.endpoint import ENDPOINTS
from ui.endpoints.listing import listing
from ui.endpoints.tools import NO_TOOLS, Tools, tools_of
from ui.health import Health
from ui.kit.allocator import FreedMemory
from ui.kit.checked_blocks import answer_to_full_disk
from ui.kit.gate import Gate
from ui.kit.jobs import JobRunner
from ui.kit.texts import ASSETS
from ui.kit.theme import theme
from ui.kit.upload_parser import remove_cut_uploads
from ui.kit.visit_states import keep_states_alone
from ui.warm_up import WarmUp
from ui.zero_gpu import lends, zero_gpu_library

log = logging.getLogger(__name__)
INTERRUPTED = 130  # the exit status of a program that is not waited for
BY_ARGUMENTS = "/call/v2/"  # where an endpoint takes its arguments by their names
THREADS = 40  # for handlers that compute nothing
# Gradio would make a table of the last 10,000 presses at each, for a page that is not served.
NO_STATISTICS = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9)}
# The API page asks for it all the same, and an error would stand in the browser's log.
NO_SUMMARY = Route("/monitoring/summary", lambda _: Response(status_code=204))


def serve(address: Address, device: str | None = None, dtype: str | None = None) -> None:
    """Serve the page until interrupted; where its models live and in what is said as to ``Library``."""
    host, port = address
    try:
        logs.set_up(is_public())
        limits = limits_from(os.environ.get(VARIABLE, ""), is_public())
        _check_free(host, port)
        library = zero_gpu_library(dtype) if lends() else Library(device=chosen_device(device), dtype=dtype)
    except UserError as error:
        sys.exit(f"error: {error}")
    exempt_from_proxies(host)
    os.environ |= NO_STATISTICS
    preset = default_preset(device=str(library.device))
    warm_up, runner = WarmUp(library, preset.name), JobRunner(limits)
    warm_up.start()
    app = build(library, *preset, runner)
    # Works take turns of ours, see JobRunner; who waits for one keeps a thread that the page's other handlers may need.
    tools = tools_of(app)
    others = [listing(app), NO_SUMMARY, *([] if tools else [NO_TOOLS])]
    runner.ended = FreedMemory().give_back
    runner.unread = lambda visit: bool((sent := app._queue.pending_messages_per_session.get(visit)) and sent.qsize())
    app.queue(default_concurrency_limit=limits.works, max_size=4 * limits.works, api_open=False)
    print(f"FUSE Explorer on http://{host}:{port}", flush=True)
    stopped = stopped_by_signals()
    scripts = sorted((ASSETS / "scripts").glob("*.js"))
    app.launch(
        server_name=host,
        server_port=port,
        theme=theme(),
        css_paths=ASSETS / "style.css",
        head="".join(f"<script>{script.read_text('utf-8')}</script>" for script in scripts),
        favicon_path=ASSETS / "favicon.png",
        max_threads=limits.works + THREADS,
        max_file_size=f"{limits.file_mb}mb",
        state_session_capacity=limits.visits,
        enable_monitoring=False,
        ssr_mode=False,
        quiet=True,
        mcp_server=False,  # Gradio's own; ours is the page's already
        footer_links=["api", "settings"],
        run_history=False,
        prevent_thread_lock=True,
        _frontend=False,  # else Gradio asks for the page, and ends the program where that takes more than three seconds
        app_kwargs={
            "routes": [*Health(library, app, runner, lambda: warm_up.sentence).routes, *others],
            "lifespan": gated(limits.request_mb, frozenset(ENDPOINTS), tools),
            "openapi_url": None,
            "exception_handlers": ERROR_ANSWERS,
        },
    )
    gc.collect()
    gc.freeze()  # what stands by now stays: later looks for garbage pass over it
    gc.enable()
    while not stopped.wait(1.0):  # without a limit of time, Windows would not let an interrupt through
        pass
    warm_up.stop()
    runner.close()
    app.close(verbose=False)


def unknown_handler(request: Request, error: Exception) -> PlainTextResponse:
    """Gradio looks a handler's number up as it comes, and would answer 500, with a page of log for each."""
    log.warning("A request failed for a key that there is not: %s", request.url.path)
    return PlainTextResponse("There is no such handler. Open the page again.", 404)


def wrong_arguments(request: Request, error: Exception) -> PlainTextResponse:
    """Gradio raises what it finds wrong with the names of an endpoint's arguments; any other error is raised again."""
    if BY_ARGUMENTS not in request.url.path:
        raise error
    return PlainTextResponse(f"{str(error).partition('. ')[0]}. docs/programs.md lists the arguments.", 422)


ERROR_ANSWERS = {KeyError: unknown_handler, OSError: answer_to_full_disk, TypeError: wrong_arguments}


def gated(
    request_mb: int, public: Collection[str], tools: Tools | None = None
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The gate before all else of the app, and how visits are kept and uploads read, from the first request on.

    As the app's middleware the gate would stand behind Gradio's, which lets any origin in. That answers what browsers
    ask beforehand, and adds that pages of other origins may read what comes.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        assert app.middleware_stack is not None  # the app was asked to begin
        app.middleware_stack = Gate(app.middleware_stack, request_mb, public)
        keep_states_alone(app)
        remove_cut_uploads()
        async with tools.lifespan(app) if tools else nullcontext():
            yield

    return lifespan


def stopped_by_signals() -> threading.Event:
    """What is set once the program is interrupted or told to end. The second time it ends at once."""
    stopped = threading.Event()

    def stop(*_: object) -> None:
        if stopped.is_set():
            os._exit(INTERRUPTED)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return stopped


def exempt_from_proxies(host: str) -> None:
    """Gradio asks its own address whether it is up: no proxy of the environment may stand between."""
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    names = dict.fromkeys([*filter(None, exempt.split(",")), host, "localhost", "127.0.0.1"])
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(names)


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UserError(
                f"{host}:{port} cannot be used ({(error.strerror or 'unknown reason').lower()}).",
                "Stop what runs there, or choose another: PORT=7861 make run.",
            ) from error
