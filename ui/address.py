"""The address that the page is served on; it is read before Gradio is imported, which reads its own variables then."""

from __future__ import annotations

import os
from typing import NamedTuple

from fuse_core.common.errors import UserError
from fuse_core.common.hosting import on_space

HOSTS, PORTS = ("HOST", "GRADIO_SERVER_NAME"), ("PORT", "GRADIO_SERVER_PORT")  # the first that is set is obeyed
HERE, EVERYWHERE, PORT = "127.0.0.1", "0.0.0.0", "7860"


class Address(NamedTuple):
    """Where the page is served."""

    host: str
    port: int

    @property
    def for_gradio(self) -> dict[str, str]:
        """Gradio's own variables, which it obeys in parts whatever it is told besides."""
        return {HOSTS[1]: self.host, PORTS[1]: str(self.port)}


def address() -> Address:
    """As the environment says: ours first, then Gradio's; else port 7860 of this machine alone, of all nets on a Space.

    Raises
    ------
    UserError
        For a port that is none; names the variable.
    """
    _, host = _first(HOSTS, EVERYWHERE if on_space() else HERE)
    name, port = _first(PORTS, PORT)
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise UserError(f"{name} must be a number from 1 to 65535, got '{port}'.")
    return Address(host, int(port))


def _first(names: tuple[str, ...], default: str) -> tuple[str, str]:
    """Name and value of the first variable that is set; an empty one is not."""
    found = ((name, os.environ.get(name, "").strip()) for name in names)
    return next(((name, value) for name, value in found if value), (names[0], default))
