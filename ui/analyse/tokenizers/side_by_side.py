"""One text under several tokenizers: their splits, their figures, and the words, as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fuse_core.words.comparison import Cut
from fuse_core.words.word import Word
from ui.kit.split_fragments import TOKENS, joined, short, split_view
from ui.kit.templates import render

LIMIT = 4  # tokens that a word may have for a gradient to be carried: FUSE's own L


def panes(cuts: Sequence[Cut], titles: Sequence[str]) -> list[str]:
    """HTML of each tokenizer's split. A word is marked that is cut otherwise than by the first; there, by any other."""
    differs = [cut.differs for cut in cuts]
    first = [any(word) for word in zip(*differs, strict=True)]
    return [
        split_view(title, cut.tokenizer, cut.words, marked, longest=LIMIT)
        for title, cut, marked in zip(titles, cuts, [first, *differs[1:]], strict=True)
    ]


def others(html: Sequence[str]) -> str:
    """The panes of tokenizers beside the pair."""
    return render("splits", panes=html) if html else ""


def figures(cuts: Sequence[Cut], titles: Sequence[str]) -> pd.DataFrame:
    """A row a tokenizer."""
    rows = [
        [
            title,
            cut.tokenizer.vocab_size,
            cut.tokens,
            round(cut.characters_per_token, 2),
            sum(cut.differs) if k else None,
            cut.longest,
            round(100 * cut.covered(LIMIT), 1),
            cut.across,
        ]
        for k, (title, cut) in enumerate(zip(titles, cuts, strict=True))
    ]
    columns = ["tokenizer", "vocabulary", "tokens", "characters a token", "words cut differently from the source"]
    columns += ["tokens of the longest word", f"words of at most {LIMIT} tokens (%)", "tokens across words"]
    return pd.DataFrame(rows, columns=columns).astype({columns[4]: "Int64"})


def rows(cuts: Sequence[Cut], names: Sequence[str]) -> pd.DataFrame:
    """A row a word: its bucket under the pair, the first two, and every tokenizer's tokens and their ids."""
    pair = cuts[:2]
    table = [
        [
            short(source.text),
            _bucket(len(source.ids), len(target.ids)),
            *(joined(cut.tokenizer, cut.words[k]) for cut in cuts),
            *(_ids(cut.words[k]) for cut in cuts),
        ]
        for k, (source, target) in enumerate(zip(pair[0].words, pair[1].words, strict=True))
    ]
    columns = ["word", "bucket (i, j)", f"source: {names[0]}", f"target: {names[1]}", *names[2:]]
    columns += [f"ids: {name}" for name in names]
    return pd.DataFrame(table, columns=columns)


def _ids(word: Word) -> str:
    """Of as many tokens as are shown."""
    return " ".join(map(str, word.ids[:TOKENS])) + (" …" if len(word.ids) > TOKENS else "")


def _bucket(i: int, j: int) -> str:
    """A word's bucket; one that no adapter has is marked."""
    return f"({i}, {j})" + (" too long: no gradient" if max(i, j) > LIMIT else "")


def coverage_note(by_space: Sequence[Cut], by_other: Sequence[Cut] | None, unspaced: float, other: str) -> str:
    """What FUSE's unit means for a text whose script has no white space, in figures of this text; else nothing.

    Parameters
    ----------
    by_space, by_other : sequence of Cut
        The pair's cuts into words by white space, and by what the visitor chose instead.
    unspaced : float
        Share of the text's letters of such a script.
    other : str
        What the visitor chose, for people.
    """
    parts = []
    if unspaced >= 0.5:
        longest = max(cut.longest for cut in by_space)
        parts.append(
            "This script puts no white space between words, so that to FUSE a clause is one word: here "
            f"{_words(by_space)}, of up to {longest} tokens; {_covered(by_space)} a gradient can pass."
        )
    if by_other is not None:
        across = max(cut.across for cut in by_other)
        parts.append(
            f"{other}: {_words(by_other)}; {_covered(by_other)} a gradient could pass, were adapters fitted on such "
            "words; those here are fitted on words between white space."
            + (f" {across} tokens reach from one word into the next." if across else "")
        )
    return " ".join(parts)


def _words(cuts: Sequence[Cut]) -> str:
    count = len(cuts[0].words)
    return f"{count:,} word" + ("" if count == 1 else "s")


def _covered(cuts: Sequence[Cut]) -> str:
    low = min(cut.covered(LIMIT) for cut in cuts)
    return f"through {low:.0%} of them (at most {LIMIT} tokens on both sides)"
