"""A tokenizer that somebody brought, whose failures are sentences.

The library panics, which is no ``Exception`` to Python, where a step of a file is impossible or a regular expression
needs too long: its own limit ends that within a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tokenizers import Tokenizer

from fuse_core.common.errors import UserError

CHECKED = ("encode", "encode_batch", "decode")
# Letters, bytes and white space of many kinds: what cannot cut these cannot cut what people type.
TRIAL = ["", "The cats sat.", " naïve  日本語 😀\n\tx", "a\u00a0b\u200dc\x00"]


class GuardedBackend:
    """A ``tokenizers.Tokenizer`` that raises ``UserError`` for whatever goes wrong in it."""

    def __init__(self, backend: Tokenizer, name: str) -> None:
        self._backend, self._name = backend, name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._backend, attribute)
        return self._checked(found) if attribute in CHECKED else found

    def _checked(self, call: Callable) -> Callable:
        def checked(*args: Any, **options: Any) -> Any:
            with explained(f"The tokenizer '{self._name}' cannot cut this text"):
                return call(*args, **options)

        return checked


def tried(backend: Tokenizer, name: str) -> GuardedBackend:
    """The tokenizer, guarded, once it has cut some text and put it together again.

    Raises
    ------
    UserError
        For one that cannot.
    """
    with explained(f"'{name}' cannot cut every text"):
        for encoding in backend.encode_batch(TRIAL, add_special_tokens=False):
            backend.decode(encoding.ids, skip_special_tokens=False)
    return GuardedBackend(backend, name)


@contextmanager
def explained(problem: str) -> Iterator[None]:
    """Turn any failure of the tokenizers library into a ``UserError`` that begins so."""
    try:
        yield
    except UserError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # somebody stops the program
        reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        raise UserError(f"{problem} ({reason.rstrip('.')}).", "Choose another tokenizer.") from error
