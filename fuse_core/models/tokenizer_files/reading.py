"""A tokenizer from a file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import parse_json, read_bytes, shown_name
from fuse_core.models.tokenizer_files.guarded import tried
from fuse_core.models.tokenizer_files.sentencepiece import from_model, read_model
from fuse_core.models.tokenizer_files.tiktoken import from_ranks, from_tekken
from fuse_core.models.tokenizer_files.tokenizer_json import from_json
from fuse_core.words.tokenizer import WordTokenizer

LARGEST_FILE = 64_000_000  # bytes; Gemma's, of 262,144 tokens, has 33 million


def read_tokenizer(key: str, path: Path) -> WordTokenizer:
    """The tokenizer of a file, told by what is in it and not by its name.

    Parameters
    ----------
    key : str
        What it is called from then on.

    Raises
    ------
    UserError
        For a file that cannot be read, is too large, is no tokenizer, needs a package, or cannot cut every text.
    """
    name = shown_name(path)
    return WordTokenizer(key, tried(_backend(_content(path, name), name), name))  # type: ignore[arg-type]


def _content(path: Path, name: str) -> bytes:
    content = read_bytes(path, f"'{name}'", LARGEST_FILE)
    if not content.strip():
        raise UserError(f"'{name}' is empty.", "Choose a file with a tokenizer.")
    return content


def _backend(content: bytes, name: str) -> Tokenizer:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return from_model(read_model(content, name), name)
    if not text.lstrip().startswith("{"):
        # Messages of a SentencePiece model can be valid UTF-8; they begin with a line feed, the first piece's mark.
        return from_model(read_model(content, name), name) if content[:1] == b"\n" else from_ranks(text, name)
    try:
        definition = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"'{name}' is no JSON.", "Choose the file again; it may be cut off.") from error
    if isinstance(definition, dict) and "vocab" in definition and "config" in definition:
        return from_tekken(definition, name)
    if isinstance(definition, dict) and isinstance(definition.get("model"), dict):
        return from_json(definition, name)
    raise UserError(
        f"'{name}' is JSON, but no tokenizer.",
        "A tokenizer.json has a 'model'; a vocab.json or tokenizer_config.json alone is not enough.",
    )
