"""Words: whitespace-separated token groups, the unit both tokenizers of a FUSE pair agree on (arXiv 2408.04816).

A tokenizer is a ``tokenizers.Tokenizer`` of any family: byte-level BPE whose tokens carry the leading space,
WordPiece, SentencePiece, or CLIP's BPE with ``</w>``. Token offsets, not token spellings, decide which word a token
belongs to, so no family needs code of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from tokenizers import Tokenizer
from tokenizers.models import Unigram

WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Word:
    """One word of a text and one tokenizer's ids for it.

    Attributes
    ----------
    text : str
        The word, without white space.
    span : (int, int)
        Character offsets in the text.
    ids : tuple of int
        Its tokens in order; white space before the word belongs to it (and after it, for the last word). Empty when
        the tokenizer drops the word.
    tokens : tuple of str
        What each token covers of the text.
    unknown : bool
        True when the tokenizer cannot represent the word (no token, or its unknown token).
    """

    text: str
    span: tuple[int, int]
    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    unknown: bool = False


def word_spans(text: str) -> list[tuple[int, int]]:
    """Character spans of the whitespace-separated words of a text."""
    return [match.span() for match in WORD.finditer(text)]


def group_tokens(spans: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]) -> list[int]:
    """The word each token belongs to.

    Parameters
    ----------
    spans : sequence of (start, end)
        Character spans of the tokens, in order.
    words : sequence of (start, end)
        Character spans of the words, in order; at least one.

    Returns
    -------
    list of int
        For each token the first word that ends after the token begins, so a token of white space goes to the word
        that follows it; trailing ones go to the last word. Cost ``O(tokens + words)``.
    """
    groups, current = [], 0
    for start, _ in spans:
        # A token that begins where a word ends holds the white space after it, or what follows.
        while current < len(words) - 1 and words[current][1] <= start:
            current += 1
        groups.append(current)
    return groups


class WordTokenizer:
    """A tokenizer seen word by word.

    Parameters
    ----------
    key : str
        The catalog's name for it.
    backend : tokenizers.Tokenizer
        Padding and truncation are switched off.
    special_ids : iterable of int, optional
        Ids that never stand for text; added tokens marked special are found by themselves.
    """

    def __init__(self, key: str, backend: Tokenizer, special_ids: Iterable[int] = ()) -> None:
        self.key = key
        self.backend = backend
        backend.no_padding()
        backend.no_truncation()
        added = backend.get_added_tokens_decoder()
        self.special_ids = frozenset(special_ids) | {i for i, token in added.items() if token.special}
        self.unknown_id = self._find_unknown()

    def _find_unknown(self) -> int | None:
        model = self.backend.model
        if isinstance(model, Unigram):  # which tells its unknown token in its definition alone
            return json.loads(self.backend.to_str())["model"]["unk_id"]
        token = getattr(model, "unk_token", None)
        return self.backend.token_to_id(token) if token else None

    @property
    def vocab_size(self) -> int:
        return self.backend.get_vocab_size()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the tokenizer's whole definition: two tokenizers with equal fingerprints cut text alike."""
        return hashlib.sha256(self.backend.to_str().encode()).hexdigest()

    def encode(self, text: str) -> list[int]:
        """Ids of a text, without special tokens."""
        return self.backend.encode(text, add_special_tokens=False).ids

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of many texts at once, without special tokens."""
        return [e.ids for e in self.backend.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of a sequence of ids; bytes that are no UTF-8 become U+FFFD."""
        return self.backend.decode(list(ids), skip_special_tokens=False)

    def decode_batch(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """Texts of many id sequences, each as ``decode`` gives it."""
        # Not the backend's decode_batch: it is slower, and only `decode` knows how transformers ends CLIP's words.
        return [self.decode(ids) for ids in sequences]

    def encode_words(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Ids of each word as it is cut inside a sentence, where byte-level tokens carry the leading space."""
        encodings = self.backend.encode_batch(["a " + word for word in words], add_special_tokens=False)
        return [tuple(i for i, (_, end) in zip(e.ids, e.offsets, strict=True) if end > 1) for e in encodings]

    def token_name(self, token_id: int) -> str:
        """The token as the vocabulary spells it (``Ġcat``, ``##s``, ``cat</w>``)."""
        return self.backend.id_to_token(token_id) or f"<{token_id}>"

    @cached_property
    def token_texts(self) -> list[str]:
        """The text each token of the vocabulary stands for, decoded by itself. Cost: one pass over the vocabulary."""
        return self.decode_batch([[i] for i in range(self.vocab_size)])

    def split(self, text: str) -> list[Word]:
        """Cut a text into words with this tokenizer's ids.

        Returns
        -------
        list of Word
            ``[i for w in words for i in w.ids] == encode(text)`` exactly; empty for a text without words.
        """
        return self._group(text, self.backend.encode(text, add_special_tokens=False))

    def split_batch(self, texts: Sequence[str]) -> list[list[Word]]:
        """``split`` for many texts, tokenised in one batch."""
        encodings = self.backend.encode_batch(list(texts), add_special_tokens=False)
        return [self._group(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]

    def split_ids(self, ids: Sequence[int]) -> list[Word]:
        """Cut a running prompt, given as ids, into words; the ids need not be how the tokenizer would cut the text.

        Cost: ``len(ids)`` decodes of growing prefixes, for prompts of tens of tokens.
        """
        prefixes = self.decode_batch([ids[: k + 1] for k in range(len(ids))])
        text = prefixes[-1] if prefixes else ""
        # A character whose bytes are not all there yet decodes to one or more U+FFFD: never count past what follows.
        ends = list(accumulate((len(prefix) for prefix in reversed(prefixes)), min))[::-1]
        starts = [0, *ends[:-1]]
        spans = [(max(0, min(start, end - 1)), end) for start, end in zip(starts, ends, strict=False)]
        return self._assemble(text, list(ids), spans)

    def _group(self, text: str, encoding) -> list[Word]:
        return self._assemble(text, encoding.ids, encoding.offsets)

    def _assemble(self, text: str, ids: list[int], offsets: list[tuple[int, int]]) -> list[Word]:
        words = word_spans(text)
        if not words:
            return []
        members: list[list[int]] = [[] for _ in words]
        for token, word in enumerate(group_tokens(offsets, words)):
            members[word].append(token)
        result = []
        for span, tokens in zip(words, members, strict=True):
            word_ids = tuple(ids[t] for t in tokens)
            result.append(
                Word(
                    text=text[span[0] : span[1]],
                    span=span,
                    ids=word_ids,
                    tokens=tuple(text[offsets[t][0] : offsets[t][1]] for t in tokens),
                    unknown=not word_ids or self.unknown_id in word_ids,
                )
            )
        return result


@dataclass(frozen=True)
class AlignedWord:
    """One word of a text as two tokenizers see it.

    ``unfinished`` marks the last word of a running prompt: the next token may still lengthen it.
    """

    text: str
    source: Word
    target: Word
    unfinished: bool = False

    @property
    def lengths(self) -> tuple[int, int]:
        """(source tokens i, target tokens j): the word's bucket."""
        return len(self.source.ids), len(self.target.ids)


def align(text: str, source: WordTokenizer, target: WordTokenizer, running: bool = False) -> list[AlignedWord]:
    """Pair up the words of a text under two tokenizers.

    Parameters
    ----------
    running : bool
        True for a prompt that is still being written: its last word, unless white space follows, is unfinished.
    """
    return _pair(text, source.split(text), target.split(text), running)


def align_ids(ids: Sequence[int], source: WordTokenizer, target: WordTokenizer) -> list[AlignedWord]:
    """``align`` for a running prompt given as source ids, which are kept as they are."""
    text = source.decode(ids)
    return _pair(text, source.split_ids(ids), target.split(text), running=True)


def _pair(text: str, source: list[Word], target: list[Word], running: bool) -> list[AlignedWord]:
    open_end = running and bool(text) and not text[-1].isspace()
    last = len(source) - 1
    return [
        AlignedWord(s.text, s, t, unfinished=open_end and k == last)
        for k, (s, t) in enumerate(zip(source, target, strict=True))
    ]


def merge_ids(words: Sequence[Word]) -> list[int]:
    """Inverse of ``WordTokenizer.split`` on ids."""
    return [token for word in words for token in word.ids]
