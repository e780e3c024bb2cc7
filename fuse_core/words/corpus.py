"""Words with frequencies: what adapters are fitted on and coverage is measured over."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from fuse_core.common.errors import UserError
from fuse_core.common.text_files import read_text, shown_name
from fuse_core.words.tokenizer import WordTokenizer

LARGEST_FILE = 10_000_000  # bytes
HELDOUT_EVERY = 10  # one word in ten


def is_heldout(word: str) -> bool:
    """Whether a word is kept back to judge a fit by: decided by its case-folded text, so the same for every fit.

    Words that differ in case alone go together: a tokenizer that lower-cases has one set of vectors for all of them.
    """
    return zlib.crc32(word.casefold().encode()) % HELDOUT_EVERY == 0


@dataclass(frozen=True)
class Corpus:
    """Distinct words, in the order in which a limited fit takes them: most frequent first, as a rule.

    Attributes
    ----------
    name : str
        Where the words come from, for people.
    words : tuple of str
    weights : tuple of float
        Occurrences of each word, as a count or a share of all running words; the same length as ``words``.
    """

    name: str
    words: tuple[str, ...]
    weights: tuple[float, ...]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the words in their order, by which corpora of the same name are told apart."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()

    def top(self, n: int) -> Corpus:
        """The ``n`` most frequent words."""
        return Corpus(f"{self.name}-{n}", self.words[:n], self.weights[:n])


@lru_cache(maxsize=2)
def english(n: int = 200_000) -> Corpus:
    """The ``n`` most frequent English words of the wordfreq package, with their share of running text."""
    if n < 1:
        raise UserError(f"The number of words must be 1 or more, got {n}.", "Ask for 1000 words or more.")
    import wordfreq  # heavy, and only needed here

    words = wordfreq.top_n_list("en", n)
    frequencies = wordfreq.get_frequency_dict("en")
    return Corpus(f"wordfreq-en-{n}", tuple(words), tuple(frequencies[word] for word in words))


def from_text(text: str, name: str = "text") -> Corpus:
    """Whitespace-separated words of a text with their counts."""
    counts = Counter(text.split())
    if not counts:
        raise UserError("The text has no words.", "Give a text with at least one word.")
    pairs = counts.most_common()
    return Corpus(name, tuple(word for word, _ in pairs), tuple(float(count) for _, count in pairs))


def read_text_corpus(path: Path) -> Corpus:
    """The words of a text file with their counts; UTF-8, or what its byte order mark says.

    Raises
    ------
    UserError
        For a file that cannot be read, is empty, larger than 10 MB, without words or no text.
    """
    name = shown_name(path)
    text = read_text(path, largest=LARGEST_FILE)
    if not text.strip():
        raise UserError(f"'{name}' {'has no words' if text else 'is empty'}.", "Choose a text with at least one word.")
    return from_text(text, name)


def with_vocabulary(corpus: Corpus, tokenizer: WordTokenizer) -> Corpus:
    """A corpus with every word that is one token of a tokenizer put first: what a token-by-token search picks from.

    Those words get the corpus's frequency where it knows them, else that of its rarest word.
    """
    known = dict(zip(corpus.words, corpus.weights, strict=True))
    begun = (text[1:] for text, starts in zip(tokenizer.token_texts, tokenizer.starts_word, strict=True) if starts)
    spelt = [word for word in begun if word.isalpha() and word.isascii()]
    own = [word for word, ids in zip(spelt, tokenizer.encode_words(spelt), strict=True) if len(ids) == 1]
    words = dict.fromkeys([*own, *corpus.words])
    weights = tuple(known.get(word, corpus.weights[-1]) for word in words)
    return Corpus(f"{corpus.name}+{tokenizer.key}", tuple(words), weights)
