"""The artefact store: what is costly to make and the same every time, kept in the cache folder.

An entry is a folder that holds what was made and ``entry.json``, which says of what. Its name ends in a digest of all
that it depends on, so other weights, words or options are other entries, and nothing is ever used for what it is not.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from safetensors import SafetensorError

from fuse_core.common.errors import UserError
from fuse_core.common.locks import exclusive_lock, lock_if_free
from fuse_core.common.progress import Progress
from fuse_core.common.storage import explained
from fuse_core.common.tensor_files import check_finite

log = logging.getLogger(__name__)
T = TypeVar("T")
ENTRY = "entry.json"
UNREADABLE, LONGEST_NAME = re.compile(r"[^\w.-]+"), 120  # letters
DIGITS = 16  # hexadecimal, of the digest in an entry's name
# What reading a file raises that is not what was written there.
DAMAGE = (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError, RuntimeError)


@dataclass(frozen=True)
class Artefact(Generic[T]):
    """A thing that can be kept.

    Attributes
    ----------
    kind : str
        Its folder of the store, such as 'adapters'.
    name : str
        The readable part of its entry's name.
    identity : mapping
        All that it depends on, as plain values for JSON: digests of weights and words, options, a format version.
    read : callable
        From the entry's folder to the thing; raises one of ``DAMAGE`` when the files are not what ``write`` wrote.
    write : callable
        From the thing and an empty folder to files.
    about : callable
        From the thing to a few facts for people, as plain values for JSON.
    """

    kind: str
    name: str
    identity: Mapping[str, object]
    read: Callable[[Path], T] = field(repr=False)
    write: Callable[[T, Path], object] = field(repr=False)
    about: Callable[[T], dict[str, Any]] = field(default=lambda thing: {}, repr=False)

    @property
    def entry(self) -> str:
        """Name of its entry: of a model that is named by a folder the end of that, in letters that any disk takes."""
        whole = json.dumps(dict(self.identity), sort_keys=True)
        readable = UNREADABLE.sub("-", self.name)[-LONGEST_NAME:].strip("-.")
        return f"{readable}-{hashlib.sha256(whole.encode()).hexdigest()[:DIGITS]}"


class ArtefactStore:
    """Artefacts in a folder that processes, threads and users share.

    Parameters
    ----------
    root : Path
        The cache folder; it need not exist. One that cannot be written costs a warning whenever a thing is made.
    deployed : Path, optional
        A second one, which is only read: it came with the program.
    """

    def __init__(self, root: Path, deployed: Path | None = None) -> None:
        self.root, self.deployed = root, deployed or root

    def folder(self, artefact: Artefact) -> Path:
        """Where an artefact's entry is, or will be."""
        own, other = (root / artefact.kind / artefact.entry for root in (self.root, self.deployed))
        return other if other.exists() and not own.exists() else own

    def has(self, artefact: Artefact) -> bool:
        """Whether there is an entry, without a look at whether it is whole."""
        return (self.folder(artefact) / ENTRY).exists()

    def about(self, kind: str, name: str) -> dict[str, Any]:
        """Facts of the newest entry of a name, whatever its identity; empty where there is none."""
        entries = f"{kind}/{name}-{'[0-9a-f]' * DIGITS}/{ENTRY}"
        found = (path for root in (self.root, self.deployed) for path in root.glob(entries))
        with suppress(*DAMAGE):
            newest = max(found, key=lambda path: path.stat().st_mtime, default=None)
            return json.loads(newest.read_text("utf-8"))["about"] if newest else {}
        return {}

    def get_or_create(
        self,
        artefact: Artefact[T],
        make: Callable[[Progress], T],
        progress: Progress | None = None,
    ) -> T:
        """An artefact, read, or made and kept by one thread of one process while the others wait.

        Parameters
        ----------
        make : callable
            Makes it; takes a progress report that reaches those who wait, too.
        progress : callable, optional
            Told how far the making is, by whomever, and now and then while another makes it. What it raises ends the
            making or the wait.

        Notes
        -----
        An entry that is damaged, or of something else under the same name, is made again with one warning.
        """
        lock = self._lock(artefact.kind, artefact.entry)
        news = lock.with_suffix(".json")

        def wait() -> None:
            if progress:
                progress(*(_read_news(news) or (0.0, f"Waiting for another process that makes {artefact.name}")))

        def report(share: float, what: str) -> None:
            with suppress(OSError):
                news.write_text(json.dumps([share, what]), "utf-8")
            if progress:
                progress(share, what)

        with exclusive_lock(lock, wait) as held:
            try:
                found = self._find(artefact)
                if found is None:
                    if held:
                        self._sweep(lock)
                    found = make(report)
                    self._keep(artefact, found)
                return found
            finally:
                with suppress(OSError):  # it may be of a process that was killed
                    news.unlink(missing_ok=True)

    @contextmanager
    def scratch(self, artefact: Artefact) -> Iterator[Path]:
        """A fresh folder of the store for the making of an artefact, inside ``make``; gone afterwards.

        Raises
        ------
        UserError
            When the store cannot be written, or is full.
        """
        folder = self.root / "staging" / f"{artefact.kind}--{artefact.entry}.{uuid.uuid4().hex[:8]}"
        with explained(self.root / artefact.kind / artefact.entry):
            folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _lock(self, kind: str, entry: str) -> Path:
        return self.root / "locks" / f"{kind}--{entry}.lock"

    def _find(self, artefact: Artefact[T]) -> T | None:
        folder = self.folder(artefact)
        if not folder.exists():
            return None
        try:
            described = json.loads((folder / ENTRY).read_text("utf-8"))
            if described["identity"] != json.loads(json.dumps(dict(artefact.identity))):
                raise ValueError("it is of something else")
            # Flipped bits read as well as others do. Entries of before digests were kept have none.
            written = described.get("sha256")
            if not written:
                check_finite(folder.rglob("*.safetensors"))
            elif not written.items() <= _digests(folder).items():
                raise ValueError("its files are not what was written")
            return artefact.read(folder)
        except DAMAGE as error:
            reason = str(error) or type(error).__name__
            log.warning("%s in %s is damaged and is made again (%s).", folder.name, folder.parent, reason)
            return None

    def _keep(self, artefact: Artefact[T], made: T) -> None:
        """Put it in place in one step; a store that cannot be written costs a warning."""
        folder = self.root / artefact.kind / artefact.entry
        try:
            with self.scratch(artefact) as staged, explained(folder):
                artefact.write(made, staged)
                described = {
                    "identity": dict(artefact.identity),
                    "about": artefact.about(made),
                    "sha256": _digests(staged),
                }
                (staged / ENTRY).write_text(json.dumps(described, indent=1), "utf-8")
                _share(staged)
                folder.parent.mkdir(parents=True, exist_ok=True)
                _remove(folder)
                os.replace(staged, folder)
        except UserError as error:
            log.warning("%s Until then it is used from memory and made again next time.", error)

    def _sweep(self, held: Path) -> None:
        """Remove what killed processes left in the staging folder: whoever is at work there holds the entry's lock."""
        for folder in (self.root / "staging").glob("*"):
            lock = held.with_name(f"{folder.stem}.lock")
            with nullcontext(True) if lock == held else lock_if_free(lock) as abandoned:
                if abandoned:
                    shutil.rmtree(folder, ignore_errors=True)


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of an entry but ``entry.json`` itself, by its path in the folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / ENTRY:
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _share(folder: Path) -> None:
    """Give every file the mode that the umask gives a new one: libraries write files that only their owner can read."""
    mode = stat.S_IMODE((folder / ENTRY).stat().st_mode)
    for path in filter(Path.is_file, folder.rglob("*")):
        path.chmod(mode)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _read_news(path: Path) -> tuple[float, str] | None:
    """What another process reports; None where it has said nothing, or is just about to."""
    with suppress(OSError, ValueError):
        share, what = json.loads(path.read_text("utf-8"))
        return float(share), str(what)
    return None
