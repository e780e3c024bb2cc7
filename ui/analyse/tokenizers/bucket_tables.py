"""The bucket table's words and coverage as data frames, and its buckets as choices."""

from __future__ import annotations

import pandas as pd

from fuse_core.words.buckets import BucketTable, split_words
from fuse_core.words.corpus import Corpus
from fuse_core.words.tokenizer import WordTokenizer
from ui.kit.split_fragments import LETTERS, joined, short

SHOWN = 2_000  # words of a bucket
OUTSIDE = "outside"


def choices(table: BucketTable) -> list[tuple[str, str]]:
    """Label and value ("i,j") of every bucket that has words, and of the words outside all of them."""
    found = [
        (f"({i}, {j}): {_words(count)}", f"{i},{j}")
        for i, row in enumerate(table.counts().tolist(), 1)
        for j, count in enumerate(row, 1)
        if count
    ]
    left = len(table.outside().words)
    return [*found, (f"outside: {_words(left)}", OUTSIDE)] if left else found


def chosen_words(table: BucketTable, choice: str) -> Corpus:
    """The words of a choice."""
    if choice == OUTSIDE:
        return table.outside()
    i, j = choice.split(",")
    return table.members(int(i), int(j))


def describe(found: Corpus, choice: str, table: BucketTable, source: str, target: str) -> str:
    """One sentence on the words of a choice, and on how many of them are listed."""
    if choice == OUTSIDE:
        what = (
            f"outside the buckets: longer than {table.max_tokens} tokens on a side, "
            "or beyond what a tokenizer can represent"
        )
    else:
        i, j = choice.split(",")
        what = f"of {i} {_tokens(i)} in {source} and {j} in {target}"
    count = len(found.words)
    if count > SHOWN:
        return f"The {SHOWN:,} most frequent of the {count:,} words {what}."
    return f"{_words(count)} {what}."


def word_rows(
    found: Corpus, tokenizers: tuple[WordTokenizer, WordTokenizer], names: tuple[str, str], counted: bool
) -> pd.DataFrame:
    """Word, both splits, and frequency; at most ``SHOWN`` words, most frequent first.

    Parameters
    ----------
    counted : bool
        Weights are occurrences in a text; else shares of running words.
    """
    unit = "occurrences" if counted else "per million"
    found = found.top(SHOWN)
    words = [word[: LETTERS + 1] for word in found.words]  # a word of a million letters is shown by its beginning
    splits = [[joined(tokenizer, word) for word in split_words(tokenizer, words)] for tokenizer in tokenizers]
    if counted:
        frequencies = [int(weight) for weight in found.weights]
    else:
        frequencies = [float(f"{1e6 * weight:.3g}") for weight in found.weights]
    columns = {"word": [short(word) for word in words], unit: frequencies}
    columns |= {f"source: {names[0]}": splits[0], f"target: {names[1]}": splits[1]}
    return pd.DataFrame(columns)


def coverage_rows(coverage: list[dict[str, dict[str, float]]], source: str, target: str) -> pd.DataFrame:
    """Coverage in per cent for L = 1, 2, ...; ``coverage`` has one entry for each L."""
    rows = [
        [limit, f"{letter}: {name}", round(100 * at[side]["by_occurrence"], 2), round(100 * at[side]["by_word"], 2)]
        for letter, side, name in (("i", "source", source), ("j", "target", target))
        for limit, at in enumerate(coverage, 1)
    ]
    return pd.DataFrame(rows, columns=["L", "tokenizer", "running words (%)", "distinct words (%)"])


def _words(count: int) -> str:
    return f"{count:,} word" + ("" if count == 1 else "s")


def _tokens(count: str) -> str:
    return "token" if count == "1" else "tokens"
