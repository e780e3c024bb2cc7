"""An app of nothing but the endpoints, behind its gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fuse_core.library import Library
from tests.ports import free_port
from ui.endpoints.endpoint import ENDPOINTS
from ui.endpoints.publish import publish
from ui.endpoints.tools import tools_of
from ui.kit.checked_blocks import CheckedBlocks
from ui.kit.jobs import JobRunner
from ui.serve import ERROR_ANSWERS, exempt_from_proxies, gated


@contextmanager
def served(library: Library, preset: str) -> Iterator[str]:
    """Its address."""
    exempt_from_proxies("127.0.0.1")
    with CheckedBlocks(analytics_enabled=False) as app:
        publish(app, library, JobRunner(), preset)
    app.queue(api_open=False)
    options = {"lifespan": gated(17, frozenset(ENDPOINTS), tools_of(app)), "exception_handlers": ERROR_ANSWERS}
    _, address, _ = app.launch(
        server_name="127.0.0.1",
        server_port=free_port(),
        prevent_thread_lock=True,
        quiet=True,
        mcp_server=False,
        app_kwargs=options,
        _frontend=False,
    )
    yield address
    app.close(verbose=False)
