"""``--device`` and ``--dtype``: where the models of a command live and in what, and the library that holds them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from fuse_core.common import devices

if TYPE_CHECKING:
    from fuse_core.library import Library


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of every command that loads models."""
    command.add_argument("--device", metavar="D", help=f"{devices.HELP}; ${devices.VARIABLE} says so, too")
    command.add_argument("--dtype", metavar="T", help=f"{devices.PRECISION_HELP}; ${devices.PRECISION} says so, too")


def library_of(options: argparse.Namespace) -> Library:
    """A library on the device, and with weights of the type, that was asked for.

    Raises
    ------
    UserError
        When there is no such device or type.
    """
    from fuse_core import library

    given: dict[str, Any] = {"device": devices.chosen_device(options.device)} if options.device else {}
    given |= {"dtype": devices.chosen_precision(options.dtype)} if options.dtype else {}
    return library.Library(**given)
