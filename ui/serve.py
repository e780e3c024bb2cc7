"""Serving the page: address, theme, and loading the models while the page is already up."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading

from fuse_core.analysis.fitted_pair import FittedPair
from fuse_core.common.devices import chosen_device
from fuse_core.common.errors import UserError
from fuse_core.library import Library
from fuse_core.search.default_preset import default_preset
from fuse_core.search.presets import load_preset
from fuse_core.search.problem import fit_options
from fuse_core.search.word_table import word_table
from ui.address import Address
from ui.app import build
from ui.kit.texts import ASSETS
from ui.kit.theme import theme

log = logging.getLogger(__name__)


def serve(address: Address, device: str | None = None, dtype: str | None = None) -> None:
    """Serve the page until interrupted; where its models live and in what is said as to ``Library``."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for ours in ("fuse_core", "ui"):
        logging.getLogger(ours).setLevel(logging.INFO)
    host, port = address
    try:
        _check_free(host, port)
        library = Library(device=chosen_device(device), dtype=dtype)
    except UserError as error:
        sys.exit(f"error: {error}")
    exempt_from_proxies(host)
    preset = default_preset(device=str(library.device))
    threading.Thread(target=warm_up, args=(library, preset.name), daemon=True).start()
    app = build(library, *preset)
    app.queue(default_concurrency_limit=4)
    print(f"FUSE Explorer on http://{host}:{port}", flush=True)
    scripts = sorted((ASSETS / "scripts").glob("*.js"))
    app.launch(
        server_name=host,
        server_port=port,
        theme=theme(),
        css_paths=ASSETS / "style.css",
        head="".join(f"<script>{script.read_text('utf-8')}</script>" for script in scripts),
        favicon_path=ASSETS / "favicon.png",
        max_file_size="32mb",
        ssr_mode=False,
        quiet=True,
        footer_links=["settings"],
        prevent_thread_lock=True,
    )
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        app.block_thread()  # closes the server when interrupted
    except KeyboardInterrupt:  # a moment before it waits, or again while it closes
        app.close(verbose=False)


def exempt_from_proxies(host: str) -> None:
    """Gradio asks its own address whether it is up: no proxy of the environment may stand between."""
    exempt = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    names = dict.fromkeys([*filter(None, exempt.split(",")), host, "localhost", "127.0.0.1"])
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(names)


def warm_up(library: Library, preset: str) -> None:
    """Load what the preset's first Step needs, then the other adapter for the Adapter view."""
    config = load_preset(preset)
    try:
        library.causal(config.source)
        library.image_text(config.target)
        library.adapter(config.source, config.target, fit_options(config))
        word_table(library, config.target)
        FittedPair(library, config.source, config.target)
    except UserError as error:
        # The page says the same in place when somebody asks for these models.
        log.warning("%s", error)


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
