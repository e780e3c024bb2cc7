"""A model as a folder in transformers' format: its files, their sizes, and why it cannot be read, said before it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fuse_core.common.errors import UserError
from fuse_core.models.memory import available, gigabytes

CONFIG, STEM = "config.json", "model"
WEIGHTS, INDEX = f"{STEM}.safetensors", f"{STEM}.safetensors.index.json"
VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model")
PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
PLAIN = frozenset({"F64", "F32", "F16", "BF16"})
BYTES = 4  # a parameter is held in single precision


@dataclass(frozen=True)
class Checkpoint:
    """A folder that holds a model.

    Attributes
    ----------
    name : str
        What people call it.
    folder : Path
    stem : str
        What its files of weights are called, before the dot.
    """

    name: str
    folder: Path
    stem: str = STEM

    def json(self, file: str) -> Any:
        """A file's values, None where there is no such file; ``UserError`` where it cannot be read."""
        try:
            return json.loads((self.folder / file).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UserError(f"{file} of '{self.name}' cannot be read ({error}).", FETCH_AGAIN) from error

    @cached_property
    def config(self) -> dict[str, Any]:
        """What ``config.json`` says of the architecture."""
        found = self.json(CONFIG)
        if found is None:
            raise UserError(f"'{self.name}' has no {CONFIG}, so it is no model that can be read.", SAVE_AGAIN)
        if not isinstance(found, dict):
            raise UserError(f"{CONFIG} of '{self.name}' holds no settings.", FETCH_AGAIN)
        return found

    @cached_property
    def weights(self) -> tuple[Path, ...]:
        """Its safetensors files: one, or the shards that its index lists; ``UserError`` where one is missing."""
        whole = self.folder / f"{self.stem}.safetensors"
        if whole.is_file():
            return (whole,)
        index = self.json(f"{whole.name}.index.json")
        if index is None:
            raise self._without_weights()
        names = weight_names(index)
        if missing := [name for name in names if not (self.folder / name).is_file()]:
            raise UserError(
                f"'{self.name}' lacks {len(missing)} of its {len(names)} files of weights, {missing[0]} among them.",
                FETCH_AGAIN,
            )
        return tuple(self.folder / name for name in names)

    def _without_weights(self) -> UserError:
        holds = "no weights"
        if any(self.folder.glob("*.gguf")):
            holds = "GGUF weights alone, which are not read from a folder"
        if any(path for pattern in PICKLED for path in self.folder.glob(pattern)):
            holds = "pickled weights alone, which are never opened"
        return UserError(f"'{self.name}' holds {holds}: {self.stem}.safetensors is missing.", SAVE_AGAIN)

    @cached_property
    def parameters(self) -> int:
        """How many numbers its weights are, from the files' heads alone."""
        from safetensors import SafetensorError, safe_open

        total = 0
        for path in self.weights:
            try:
                with safe_open(path, framework="numpy") as file:
                    for name in file.keys():  # noqa: SIM118, it is no mapping
                        part = file.get_slice(name)
                        if part.get_dtype() not in PLAIN and name.endswith("weight"):
                            raise self._quantised(part.get_dtype())
                        total += math.prod(part.get_shape())
            except (OSError, SafetensorError) as error:
                raise UserError(f"{path.name} of '{self.name}' is damaged ({error}).", FETCH_AGAIN) from error
        return total

    @property
    def has_tokenizer(self) -> bool:
        """Whether any file of a vocabulary is there."""
        return any(path for pattern in VOCABULARIES for path in self.folder.glob(pattern))

    def check(self) -> None:
        """Raise ``UserError`` when the weights cannot be read, or when they are more than the free memory."""
        quantised = self.config.get("quantization_config")
        if quantised is not None:
            raise self._quantised((isinstance(quantised, dict) and quantised.get("quant_method")) or quantised)
        check_memory(self.name, self.parameters * BYTES)

    def _quantised(self, how: object) -> UserError:
        return UserError(
            f"The weights of '{self.name}' are quantised ({how}), and only plain floats can be read.",
            "Choose the checkpoint that it was made from.",
        )


FETCH_AGAIN = "Download or save it again."
SAVE_AGAIN = "Save it with save_pretrained, which writes safetensors, or choose another."


def weight_names(index: Any) -> list[str]:
    """Files that an index of shards names: in this folder alone, and safetensors."""
    names: Iterable[Any] = index.get("weight_map", {}).values() if isinstance(index, dict) else ()
    return sorted({n for n in names if isinstance(n, str) and n.endswith(".safetensors") and n == Path(n).name})


def check_memory(name: str, needed: int) -> None:
    """Raise ``UserError`` when that many bytes are more than the free memory."""
    if needed > (free := available()):
        raise UserError(
            f"'{name}' takes {gigabytes(needed)} of memory in single precision, and {gigabytes(free)} are free.",
            "Choose a smaller model, or close what takes the memory.",
        )
