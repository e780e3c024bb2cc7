"""What stands before every request: how large it may be, whose pages may ask, and what browsers are told."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEGABYTE = 1_000_000
BY_NAME = re.compile(r"/gradio_api/(?:run|api|call(?:/v2(?=/))?)/([^/]*)")  # where Gradio answers programs
# All else that Gradio answers is not needed: it streams for ever, runs programs, fetches addresses, tells of endpoints.
SERVED = re.compile(
    r"/|/(?:config|theme\.css|favicon\.ico|robots\.txt|manifest\.json|monitoring/summary|healthz|readyz)/?"
    r"|/(?:assets|static|svelte|pwa_icon)(?:/.*)?"
    r"|/gradio_api/(?:(?:info|app_id|startup-events|theme\.css|upload|upload_progress|cancel|reset|queue/(?:join|data))/?"
    r"|(?:heartbeat|run|api|call)/.*|mcp(?:/.*)?|file=(?!\s*[A-Za-z][\w+.-]+:).*)",
    re.DOTALL,
)
PREDICT = "predict"  # in place of a name: the page asks for its own handlers by number
PLAIN_MB = 16  # of a request that uploads no file: a page sends at most a run that its browser kept, or a figure
# Gradio runs scripts of its own that stand in the page, and makes functions of text; styles stand in the page, too.
POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}


class Gate:
    """ASGI middleware that refuses requests with a sentence, before any of their body is read.

    Parameters
    ----------
    request_mb : int
        Megabytes that a request may upload.
    public : collection of str
        Handlers that programs may call by their names.
    """

    def __init__(self, app: ASGIApp, request_mb: int, public: Collection[str] = ()) -> None:
        self.app, self.request_mb, self.named = app, request_mb, {PREDICT, *public}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope["path"], Headers(scope=scope))
        if refused:
            status, sentence = refused
            answer = PlainTextResponse(sentence, status, {"Connection": "close"})
            await answer(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)

    def _refused(self, path: str, headers: Headers) -> tuple[int, str] | None:
        """Status and sentence, where a request is not answered."""
        origin = headers.get("origin")
        # Gradio lets pages of other origins ask, with this visitor's cookies, unless the host is this machine.
        if origin is not None and urlsplit(origin).netloc not in (headers.get("host"), headers.get("x-forwarded-host")):
            return 403, "Only this app's own pages may ask it from a browser."
        if not SERVED.fullmatch(path):
            return 404, "There is nothing at this address."
        if (by_name := BY_NAME.match(path)) and by_name[1] not in self.named:
            return 404, "The handlers of this page are its own: programs cannot call them."
        if "transfer-encoding" in headers:
            return 411, "The request does not say how long it is."
        most = self.request_mb if path.rstrip("/").endswith("/upload") else PLAIN_MB
        if int(headers.get("content-length", 0)) > most * MEGABYTE:
            return 413, f"The request is larger than {most:,} MB. Send fewer or smaller files at a time."
        return None
