"""Where a command's answer goes: files that are tried before the work begins, and stdout, which gets it in any case."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import shown_path, to_json


class PartialAnswer(UserError):
    """Something went wrong, and there is an answer all the same: in ``answer``."""

    def __init__(self, answer: dict, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.answer = answer


def check_outputs(outputs: Mapping[str, Path | None], inputs: Sequence[Path] = ()) -> None:
    """See that files can be written, by making one beside each.

    Parameters
    ----------
    outputs : mapping
        Option -> file; None where the option is not given.
    inputs : sequence of Path
        Files that must not be written over.

    Raises
    ------
    UserError
        Naming the option and what is wrong with its file.
    """
    from fuse_core.common.storage import try_writing

    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        what = f"The file '{shown_path(path)}' for {option}"
        try:
            target = path.resolve()
            if target.exists() and not target.is_file():
                raise UserError(f"{what} is a folder or device.", "Name a file.")
            if target in taken:
                raise UserError(f"{what} is that for {taken[target]}, too.", "Name two files.")
            if any(target == file.resolve() for file in inputs):
                raise UserError(f"{what} is one to be read.", "Name another file.")
            target.parent.mkdir(parents=True, exist_ok=True)
            try_writing(target)
        except FileExistsError as error:
            raise UserError(f"{what} cannot be written (its folder is a file).", "Name another file.") from error
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise UserError(f"{what} cannot be written ({reason}).", "Name another file.") from error
        taken[target] = option


def write_outputs(answer: dict, files: Mapping[Path, str]) -> None:
    """Write files that belong to an answer.

    Raises
    ------
    PartialAnswer
        When one cannot be written; the others are.
    """
    from fuse_core.common.storage import write_atomically

    problems = []
    for path, text in files.items():
        write = partial(Path.write_text, data=text, encoding="utf-8", newline="")
        try:
            write_atomically(path.resolve(), write)
        except UserError as error:
            problems.append(error.problem)
    if problems:
        raise PartialAnswer(answer, " ".join(problems), "The answer is on stdout.")


def print_answer(answer: dict, table: Callable[[dict], str] | None) -> None:
    """Print an answer, as JSON where no table is asked for, in whatever encoding stdout has.

    Raises
    ------
    UserError
        When stdout cannot be written.
    """
    unicode = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    if not unicode and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    text = table(answer) if table else to_json(answer, ascii_only=not unicode)
    try:
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is flushed at the very end
        if not isinstance(error, BrokenPipeError):  # whoever read it has enough
            raise UserError(f"The answer could not be printed ({(error.strerror or str(error)).lower()}).") from error
