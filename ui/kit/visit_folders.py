"""Temporary folders of visits: what a page offers for download lies there, and goes when the visit ends."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import gradio as gr


class VisitFolders:
    """One folder a visit, made when first asked for; what is left goes when the program ends. Safe across threads.

    Parameters
    ----------
    most : int, optional
        Visits that have one at a time; beyond, the folder that was not used for longest goes.
    """

    def __init__(self, most: int = 500) -> None:
        self.most = most
        self._guard = threading.Lock()
        self._folders: dict[str, tempfile.TemporaryDirectory[str]] = {}

    def folder(self, request: gr.Request, name: str) -> Path:
        """The visit's folder of that name; made anew where the visit was taken for ended, as when a line breaks."""
        visit = str(request.session_hash)
        with self._guard:
            if visit not in self._folders:
                # A job that goes on after the page is closed may still write there.
                self._folders[visit] = tempfile.TemporaryDirectory(prefix="fuse-", ignore_cleanup_errors=True)
            self._folders[visit] = self._folders.pop(visit)  # the last used
            while len(self._folders) > self.most:
                self._folders.pop(next(iter(self._folders))).cleanup()
            folder = Path(self._folders[visit].name) / name
            folder.mkdir(exist_ok=True)
        return folder

    def remove(self, request: gr.Request) -> None:
        """Remove what a visit has: the handler of the page's closing."""
        with self._guard:
            folder = self._folders.pop(str(request.session_hash), None)
        if folder is not None:
            folder.cleanup()
