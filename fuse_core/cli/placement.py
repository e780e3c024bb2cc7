"""``--device``: where the models of a command live, and the library that holds them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fuse_core.common import devices

if TYPE_CHECKING:
    from fuse_core.library import Library


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the option of every command that loads models."""
    command.add_argument("--device", metavar="D", help=f"{devices.HELP}; ${devices.VARIABLE} says so, too")


def library_of(options: argparse.Namespace) -> Library:
    """A library on the device that was asked for.

    Raises
    ------
    UserError
        When there is no such device.
    """
    from fuse_core import library

    return library.Library(device=devices.chosen_device(options.device)) if options.device else library.Library()
