"""SentencePiece's ``.model`` (Kudo and Richardson 2018, arXiv 1808.06226): BPE and Unigram.

Tokens are those of SentencePiece itself but for one case: where a table of characters is used and extra white space is
kept, the tokenizers library reads a carriage return with its line feed as one space.
"""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers
from tokenizers.models import BPE, Unigram

from fuse_core.common.errors import UserError
from fuse_core.models.tokenizer_files.guarded import explained

UNIGRAM, WORDS_AS_BPE = 1, 2  # of the trainer's model types; 3 and 4, whole words and single characters, have no table
NORMAL, UNKNOWN, CONTROL, OWN, UNUSED, BYTE = 1, 2, 3, 4, 5, 6  # kinds of pieces
LISTED = "requirements-tokenizers.txt"


def read_model(content: bytes, name: str) -> Any:
    """The file's message, as ``sentencepiece_model.proto`` declares it.

    Raises
    ------
    UserError
        Without protobuf, or for a file that is no such message.
    """
    try:
        from transformers.convert_slow_tokenizer import import_protobuf

        declared: Any = import_protobuf()
        message = declared.ModelProto()
    except ImportError as error:
        raise UserError(
            "SentencePiece files are read with the package 'protobuf', which is not installed.",
            f"Run 'pip install --no-deps -r {LISTED}', or bring the tokenizer.json of the same model.",
        ) from error
    with explained(f"'{name}' is no SentencePiece model"):
        message.ParseFromString(content)
    if not len(message.pieces):
        raise UserError(f"'{name}' is no SentencePiece model: it has no pieces.", "Choose another file.")
    return message


def from_model(model: Any, name: str) -> Tokenizer:
    """The tokenizer of a message: as SentencePiece itself cuts a text, marks of the beginning included.

    Raises
    ------
    UserError
        For a kind of model that the tokenizers library has no equal for.
    """
    trainer, rules = model.trainer_spec, model.normalizer_spec
    if trainer.model_type not in (UNIGRAM, WORDS_AS_BPE) or trainer.treat_whitespace_as_suffix:
        raise UserError(
            f"'{name}' is a SentencePiece model of a kind that has no fast form.", "Choose one of BPE or Unigram."
        )
    with explained(f"'{name}' is no tokenizer that can be read"):
        backend = Tokenizer(_pieces(model))
        backend.normalizer = _normalizer(rules)  # type: ignore[assignment]
        backend.decoder = _decoder(rules.add_dummy_prefix)  # type: ignore[assignment]
        backend.add_tokens(
            [
                AddedToken(piece.piece, normalized=False, special=piece.type == CONTROL)
                for piece in model.pieces
                if piece.type in (CONTROL, OWN)
            ]
        )
    return backend


def _pieces(model: Any) -> BPE | Unigram:
    from transformers.convert_slow_tokenizer import generate_merges

    pieces, trainer = model.pieces, model.trainer_spec
    unknown = next((k for k, piece in enumerate(pieces) if piece.type == UNKNOWN), None)
    if trainer.model_type == UNIGRAM:
        scored = [(piece.piece, piece.score) for piece in pieces]
        return Unigram(scored, unknown, byte_fallback=trainer.byte_fallback)
    ids = {piece.piece: k for k, piece in enumerate(pieces)}
    whole = {piece.piece for piece in pieces if piece.type != NORMAL}  # never the result of a merge, nor part of one
    merges = generate_merges(ids, [(piece.piece, piece.score) for piece in pieces], whole)
    return BPE(
        ids,
        merges,
        unk_token=None if unknown is None else pieces[unknown].piece,
        fuse_unk=True,
        byte_fallback=trainer.byte_fallback,
    )


def _normalizer(rules: Any) -> normalizers.Sequence:
    steps: list[normalizers.Normalizer] = []
    if rules.precompiled_charsmap:
        steps.append(normalizers.Precompiled(rules.precompiled_charsmap))
    if rules.remove_extra_whitespaces:
        # Not the library's own Strip, which takes every white space; a mark that ends a text is taken for a space.
        steps += [normalizers.Replace(Regex(r"\A +|[ ▁]+\z"), ""), normalizers.Replace(Regex(" {2,}"), " ")]
    if rules.add_dummy_prefix:
        steps.append(normalizers.Prepend("▁"))
    return normalizers.Sequence([*steps, normalizers.Replace(" ", "▁")])


def _decoder(marked: bool) -> decoders.Sequence:
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if marked else steps)
