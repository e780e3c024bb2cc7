"""``split``: one text under several tokenizers."""

from __future__ import annotations

import argparse

from fuse_core.cli.text_table import text_table


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("text", metavar="TEXT")
    command.add_argument(
        "--with",
        dest="tokenizers",
        nargs="+",
        default=("smollm2", "minilm"),
        metavar="T",
        help="one to six: keys, see 'models', or files (tokenizer.json, .model, .tiktoken, tekken.json); "
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
    from fuse_core.analysis.answers.split import split_answer
    from fuse_core.library import Library

    return split_answer(Library(), options.text, options.tokenizers, options.words, options.max_tokens)


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
