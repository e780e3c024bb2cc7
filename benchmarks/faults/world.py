"""A small world for faults: models of true architectures with random weights, pictures, a cache, a place for results.

The language model is in two parts that have to be joined and converted; what reads such a file is stood in for by a
checkpoint that lies beside them, for the true one takes half a minute. All else is the product's.
"""

from __future__ import annotations

import codecs
import importlib
import os
import pkgutil
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import fuse_core
from benchmarks.faults.known import tiny
from fuse_core import library
from fuse_core.models import gguf, known
from fuse_core.search import word_table
from fuse_core.words.corpus import english
from tests.fuse_core import tiny_models
from tests.fuse_core.models import checkpoints

WORDS = 300  # that are read, and fitted on, in place of 40,000
PICTURES = ("a.png", "b.png", "c.png")
SEARCH = ["--source", "tiny", "--target", "./models/clip", "--steps", "1", "--beams", "2", "--candidates", "6"]
SEARCH += ["--examples", "", "--json"]


@dataclass(frozen=True)
class World:
    """A folder with all that a run reads and writes.

    Attributes
    ----------
    root : Path
        ``models`` and ``pictures`` are read; ``cache``, ``out`` and ``tmp`` are written.
    """

    root: Path

    @property
    def written(self) -> tuple[Path, ...]:
        """The folders that runs write."""
        return tuple(self.root / name for name in ("cache", "out", "tmp"))

    def copy(self, root: Path) -> World:
        """The same with the times of its files; at a place where nothing is."""
        shutil.copytree(self.root, root)
        return World(root)

    def enter(self) -> None:
        """Make it the world of this process: folders, variables, and the short lists of words."""
        os.chdir(self.root)
        os.environ["FUSE_CACHE"] = str(self.root / "cache")
        os.environ["TMPDIR"] = str(self.root / "tmp")
        os.environ[tiny.PARTS] = str(self.root / "models" / "parts")


@dataclass(frozen=True)
class Work:
    """One thing that people ask for.

    Attributes
    ----------
    name : str
    arguments : list of str
        Of the command line.
    result : str or None
        The file that it leaves in ``out``.
    """

    name: str
    arguments: list[str]
    result: str | None = None


# In the order in which each finds made what it needs.
WORKS = {
    work.name: work
    for work in (
        Work("conversion", ["buckets", "--source", "tiny", "--target", "./models/clip", "--words", "300", "--json"]),
        Work("fit", ["fit", "--source", "tiny", "--target", "./models/clip", "--features", "layers", "--json"]),
        Work("encoding", ["caption", "pictures/a.png", *SEARCH]),
        Work("batch", ["caption", "pictures", *SEARCH, "--out", "out/batch.jsonl"], "batch.jsonl"),
        Work("save", ["caption", "pictures/a.png", *SEARCH, "--out", "out/run.json"], "run.json"),
    )
}


def stand_in() -> None:
    """Put in place what every process of the harness shares: all modules, the tiny model's entry, short lists."""
    for module in pkgutil.walk_packages(fuse_core.__path__, "fuse_core."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    known.__path__.append(str(Path(tiny.__file__).parent))
    codecs.lookup("utf-8-sig")  # a module, too; who may read nothing of Python's has what is loaded
    words, of_captions = english(WORDS * 10), word_table.caption_words(WORDS)
    library.english = lambda n=None: words  # type: ignore[attr-defined]
    word_table.caption_words = lambda n=None: of_captions
    gguf._read = lambda path: gguf._load_converted(Path(os.environ[tiny.PARTS]).parent / "gpt2")


def build(root: Path) -> World:
    """A new world with an empty cache."""
    models = root / "models"
    for name in ("cache", "out", "tmp", "pictures", "models/parts"):
        (root / name).mkdir(parents=True)
    checkpoints.save_causal(
        "gpt2", models / "gpt2", MappingProxyType({"gpt2": checkpoints.first_merges("gpt2-tokenizer")})
    )
    checkpoints.save_clip(models / "clip", MappingProxyType({"clip": checkpoints.first_merges("clip-tokenizer")}))
    for name, content in tiny.CONTENT.items():
        (models / "parts" / name).write_bytes(content)
    for k, name in enumerate(PICTURES):
        tiny_models.picture(k).save(root / "pictures" / name)
    return World(root)
