"""``split``: one text under several tokenizers."""

from __future__ import annotations

import argparse

from fuse_core.cli.text_table import text_table
from fuse_core.common.errors import UserError

MOST = 6  # tokenizers


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", metavar="TEXT")
    command.add_argument(
        "--with",
        dest="tokenizers",
        nargs="+",
        default=("smollm2", "minilm"),
        metavar="T",
        help=f"one to {MOST}: keys, see 'models', or files (tokenizer.json, .model, .tiktoken, tekken.json); "
        "the others are compared with the first (smollm2 minilm)",
    )
    command.add_argument(
        "--words",
        default="white space",
        metavar="NAME",
        help="what tells the words: 'white space' (default), icu or jieba",
    )
    command.add_argument("--max-tokens", type=int, default=4, metavar="L", help="longest word in tokens (%(default)s)")


def run_split(options: argparse.Namespace) -> dict:
    """What each tokenizer makes of the text, and of each of its words."""
    from fuse_core.library import Library
    from fuse_core.words.comparison import compare
    from fuse_core.words.segmenters import SEGMENTERS

    if len(options.tokenizers) > MOST:
        raise UserError(f"{len(options.tokenizers)} tokenizers are too many.", f"Name {MOST} at most.")
    if options.words not in SEGMENTERS:
        raise UserError(f"'{options.words}' tells no words.", f"Choose one of: {', '.join(SEGMENTERS)}.")
    if options.max_tokens < 1:
        raise UserError(f"--max-tokens must be 1 or more, got {options.max_tokens}.")
    library = Library()
    text = options.text.encode("utf-8", "replace").decode()  # bytes of no encoding come as halves of characters
    cuts = compare(text, [library.tokenizer(name) for name in options.tokenizers], SEGMENTERS[options.words])
    return {
        "text": text,
        "max_tokens": options.max_tokens,
        "words_by": options.words,
        "words": [word.text for word in cuts[0].words],
        "tokenizers": [
            {
                "tokenizer": cut.tokenizer.key,
                "vocabulary": cut.tokenizer.vocab_size,
                "tokens": cut.tokens,
                "characters_per_token": cut.characters_per_token,
                "cut_differently": sum(cut.differs),
                "longest": cut.longest,
                "covered": cut.covered(options.max_tokens),
                "across": cut.across,
                "split": [list(word.tokens) for word in cut.words],
            }
            for cut in cuts
        ],
    }


def split_table(answer: dict) -> str:
    """Figures of each tokenizer, then the words."""
    rows = [
        {
            "tokenizer": one["tokenizer"],
            "vocabulary": one["vocabulary"],
            "tokens": one["tokens"],
            "characters a token": one["characters_per_token"],
            "words cut differently": one["cut_differently"],
            "longest word": one["longest"],
            f"words of at most {answer['max_tokens']}": f"{one['covered']:.1%}",
            "tokens across words": one["across"],
        }
        for one in answer["tokenizers"]
    ]
    words = [
        {
            "word": word,
            **{one["tokenizer"]: " | ".join(map(str.strip, one["split"][k])) for one in answer["tokenizers"]},
        }
        for k, word in enumerate(answer["words"])
    ]
    return f"{text_table(rows)}\n\n{text_table(words)}".rstrip()
