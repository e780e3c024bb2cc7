"""The endpoints as tools of the Model Context Protocol, where the package ``mcp`` is installed.

Gradio's own server hands what a caller names as a file to Gradio's client, which runs on this host: it would read any
file of the host, and fetch any address. Here a file comes with the call, or was uploaded before; nothing is fetched.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.mcp import GradioMCPServer
from gradio.processing_utils import save_base64_to_cache
from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder
from gradio_client import Client
from gradio_client.utils import is_file_obj_with_meta, traverse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import to_json

PATH = f"{API_PREFIX}/mcp"
SERVED = f"{API_PREFIX}/file="
MOST_CALLERS = 32  # that have a client at a time
ABOUT = "As a data: address in base64, or as this app's upload answered."


class Tools(GradioMCPServer):
    """Serves the endpoints of a page at ``PATH``; its ``lifespan`` has to enclose the app's.

    Calls have no session: who calls from one address counts as one visit, and has its turns.
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        super().__init__(blocks)
        self._guard = threading.Lock()
        self._clients: dict[str, Client] = {}

    def _get_or_create_client(self) -> Client:
        """The caller's own, whose session is its visit; Gradio would have one for all."""
        with self._guard:
            request = self.mcp_server.request_context.request
            caller = caller_of(request) if request is not None else ""
            self._client_instance = self._clients.pop(caller, None)
            self._clients[caller] = client = super()._get_or_create_client()
            while len(self._clients) > MOST_CALLERS:
                del self._clients[next(iter(self._clients))]  # its work under way goes on
            return client

    @property
    def _file_data_tool_description(self) -> str:
        return ""  # Gradio's names a tool that few callers have

    def launch_mcp_on_sse(self, app: Starlette, subpath: str, root_path: str) -> None:
        """Mount the schema, which the API page reads, and the protocol over HTTP; its older transport is left out."""
        self.root_path = root_path
        schema = Route("/schema", self.get_complete_schema)
        app.mount(subpath, Starlette(routes=[schema, Mount("/", app=self.handle_streamable_http)]))

    def get_input_schema(
        self, tool_name: str, parameters: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], list[list[str | int]]]:
        """A tool's arguments as JSON schema, and the places of files in it."""
        schema, places = super().get_input_schema(tool_name, parameters)
        for place in places:
            node: Any = schema["properties"]
            for key in place:
                node = node[key]
            node.pop("required", None)  # of the data of a file, which is a text here
            node |= {"format": "uri", "description": ABOUT}
        for name, said in (parameters or {}).items():
            if any(place == [name] for place in places):
                schema["properties"][name]["description"] = f"{said} {ABOUT}"
        return schema, places

    def get_fn_description(self, block_fn: BlockFunction, tool_name: str) -> tuple[str, dict[str, str]]:
        """What a tool does and returns, and its arguments; Gradio joins the sentences by commas."""
        said, parameters = super().get_fn_description(block_fn, tool_name)
        return said.replace("., ", ". "), parameters

    def convert_strings_to_filedata(self, value: Mapping[str, Any], filedata_positions: list[list[str | int]]) -> Any:
        """Arguments as the endpoints take them.

        Raises
        ------
        UserError
            For a file that did not come with the call and was not uploaded.
        """
        files = {place[0] for place in filedata_positions}
        return {name: _file(given) if name in files else _plain(given) for name, given in value.items()}

    def postprocess_output_data(self, data: Any, root_url: str) -> list:
        """Answers as JSON; files by their addresses."""
        several = [one for given in data for one in (given if isinstance(given, tuple) else (given,))]
        plain = [one if is_file_obj_with_meta(one) else to_json(one) for one in several]
        return super().postprocess_output_data(plain, root_url)


def caller_of(request: Request) -> str:
    """Where a call comes from: the address that reached this server, and that which a proxy before it told last."""
    told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return f"{request.client.host if request.client else ''} {told}"


def tools_of(app: gr.Blocks) -> Tools | None:
    """The server of a page's endpoints, to be made before the page is launched; None without the package."""
    if find_spec("mcp") is None:
        return None
    app.mcp_server_obj = tools = Tools(app)
    return tools


# The API page asks whether there are tools. An error would stand in the browser's log, a success would be read.
NO_TOOLS = Route(f"{PATH}/schema", lambda _: Response(status_code=304))


def _file(given: Any) -> Any:
    """Data of a file without the mark by which Gradio's client would upload it, from this host's own disk."""
    if given is None or isinstance(given, list):
        return given and [_file(one) for one in given]
    path = str(given)
    if path.startswith("data:"):
        try:
            path = save_base64_to_cache(path, get_upload_folder())
        except (ValueError, LookupError):
            raise UserError("A file's data: address cannot be read.", "Write it in base64.") from None
    elif SERVED in path:
        path = unquote(path.split(SERVED, 1)[1])
    return {"path": path}  # the endpoint looks whether it was uploaded


def _plain(given: Any) -> Any:
    """An argument that is no file, and holds none either."""

    def refuse(_: Any) -> None:
        raise UserError("A file stands where none is expected.", "Leave it out.")

    return traverse(given, refuse, is_file_obj_with_meta)
