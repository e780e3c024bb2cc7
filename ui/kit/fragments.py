"""HTML fragments that several parts of the page show."""

from __future__ import annotations

from ui.kit.templates import render


def status(message: str, kind: str = "info", share: float | None = None) -> str:
    """The line under the buttons: what is happening, with a bar where there is progress to show.

    Parameters
    ----------
    kind : str
        "info" or "error".
    share : float, optional
        Of the work, done; from 0 to 1.
    """
    return render("status", message=message, kind=kind, share=share)
