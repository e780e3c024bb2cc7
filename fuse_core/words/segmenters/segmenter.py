"""What a segmenter is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fuse_core.common.errors import UserError
from fuse_core.common.storage import wheel_folder

LISTED = "requirements-tokenizers.txt"


@dataclass(frozen=True)
class Segmenter:
    """One way to tell the words of a text.

    Attributes
    ----------
    name, title : str
    order : int
        Its place among the others.
    spans : callable
        From a text to character spans of its words, in order; they do not overlap and hold no white space alone.
    package : str or None
        Import name of what it needs besides; None for nothing.
    """

    name: str
    title: str
    order: int
    spans: Callable[[str], list[tuple[int, int]]]
    package: str | None = None

    @property
    def present(self) -> bool:
        """Whether what it needs is installed."""
        return self.package is None or wheel_folder(self.package) is not None

    def words(self, text: str) -> list[tuple[int, int]]:
        """Character spans of a text's words.

        Raises
        ------
        UserError
            Where its package is not installed.
        """
        if not self.present:
            raise UserError(
                f"The words of {self.title} need the package '{self.package}', which is not installed.",
                f"Run 'pip install --no-deps -r {LISTED}', or let white space tell the words.",
            )
        return self.spans(text)
