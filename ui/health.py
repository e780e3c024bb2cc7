"""Whether the program is well, for hosts that watch it: ``/healthz`` and ``/readyz``; no paths, nothing of visitors."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from typing import Any

import gradio as gr
import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fuse_core.common.devices import described
from fuse_core.common.version import VERSION
from fuse_core.library import Library
from fuse_core.models import memory
from ui.kit.jobs import JobRunner

PACKAGES = ("gradio", "torch", "transformers")


class Health:
    """The two answers.

    Parameters
    ----------
    waiting_for : callable
        Why the first Step would have to wait, for people; empty once it would not.
    """

    def __init__(self, library: Library, app: gr.Blocks, runner: JobRunner, waiting_for: Callable[[], str]) -> None:
        self._library, self._app, self._runner, self._waiting_for = library, app, runner, waiting_for
        self._began = time.monotonic()

    @property
    def routes(self) -> list[Route]:
        """To be served beside the page, before Gradio's own."""
        return [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]

    def healthz(self, request: Request) -> JSONResponse:
        """200 while the program answers, with what it is and does."""
        return _answer(200, {"status": "ok", **self.facts()})

    def readyz(self, request: Request) -> JSONResponse:
        """200 once the first Step would not wait for models; before that 503, with a sentence."""
        sentence = self._waiting_for()
        return _answer(503 if sentence else 200, {"status": sentence or "ready"})

    def facts(self) -> dict[str, Any]:
        """Versions, device, whether there are tools, models, visits, work, seconds since the start, bytes of memory."""
        waiting = len(self._runner.turns)
        return {
            "versions": self._versions,
            "device": self._device,
            "ready": not self._waiting_for(),
            "tools": self._app.mcp_server_obj is not None,
            "loaded": self._library.loaded,
            "visits": len(self._app.state_holder.session_data),
            "queue": {"waiting": len(self._app._queue) + waiting, "running": self._runner.count - waiting},
            "uptime_seconds": round(time.monotonic() - self._began),
            "memory_bytes": {"used": psutil.Process().memory_info().rss, "free": memory.available()},
        }

    @cached_property
    def _versions(self) -> dict[str, str]:
        packages = {name: version(name) for name in PACKAGES}
        return {"fuse-explorer": VERSION, "python": platform.python_version(), **packages}

    @cached_property
    def _device(self) -> str:
        return described(str(self._library.device)).label


def _answer(status: int, content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content, status, {"Cache-Control": "no-store"})
