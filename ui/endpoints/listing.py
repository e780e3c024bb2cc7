"""What the page tells programs of itself: ``/config``, which Gradio's clients read, with the endpoints alone.

A browser has the rest with the page, whose parts come as they are opened. Gradio's clients look at once for every field
of every event, those of parts that have not come included, and end where there is none.
"""

from __future__ import annotations

from typing import Any, cast

import gradio as gr
from gradio.route_utils import get_root_url, update_root_in_config
from gradio.routes import ORJSONResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH = "/config"


def listing(app: gr.Blocks) -> Route:
    """The route, to be served before Gradio's own."""

    def answer(request: Request) -> Response:
        root = get_root_url(cast(Any, request), PATH, request.scope.get("root_path"))
        return ORJSONResponse(update_root_in_config(cast(Any, endpoints_of(cast(Any, app.config))), root))

    return Route(PATH, answer)


def endpoints_of(config: dict[str, Any]) -> dict[str, Any]:
    """A page's description with its public endpoints and their values, and nothing else that stands on it."""
    public = [function for function in config["dependencies"] if function["api_visibility"] == "public"]
    named = {block for function in public for block in (*function["inputs"], *function["outputs"])}
    values = [block for block in config["components"] if block["id"] in named]
    return {**config, "dependencies": public, "components": values, "layout": {"id": 0, "children": []}, "page": {}}
