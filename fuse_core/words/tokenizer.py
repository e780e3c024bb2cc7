"""A tokenizer seen word by word (FUSE, arXiv 2408.04816).

It is a ``tokenizers.Tokenizer`` of any family: byte-level BPE whose tokens carry the leading space, WordPiece,
SentencePiece, or CLIP's BPE with ``</w>``. Token offsets, not token spellings, decide which word a token belongs to,
and what a token adds to a text before it decides whether it starts a word, so no family needs code of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

from tokenizers import Encoding, Tokenizer
from tokenizers.models import Unigram

from fuse_core.words.word import Word, group_tokens, word_spans

# A text that others are made to follow: a letter, for a space is no token of its own to any family.
LEAD = "a"


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

    def encode_continuations(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text as it is cut when it follows other text.

        A tokenizer that puts a word-start mark before every text (Metaspace) puts none here. A text that begins inside
        a token of what it follows is cut by itself.
        """
        encodings = self.backend.encode_batch([LEAD + text for text in texts], add_special_tokens=False)
        return [self._following(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]

    def encode_continuation(self, text: str) -> list[int]:
        """``encode_continuations`` for one text."""
        return self.encode_continuations([text])[0]

    def _following(self, text: str, encoding: Encoding) -> list[int]:
        spans = list(zip(encoding.ids, encoding.offsets, strict=True))
        if any(start < len(LEAD) < end for _, (start, end) in spans):
            return self.encode(text)
        return [i for i, (_, end) in spans if end > len(LEAD)]

    def decode_continuations(self, sequences: Sequence[Sequence[int]]) -> list[str]:
        """The text that each sequence of ids adds to a text before it, its leading space included."""
        lead = self.encode(LEAD)
        before = len(self.decode(lead))
        return [text[before:] for text in self.decode_batch([[*lead, *ids] for ids in sequences])]

    def decode_continuation(self, ids: Sequence[int]) -> str:
        """``decode_continuations`` for one sequence."""
        return self.decode_continuations([ids])[0]

    def encode_words(self, words: Sequence[str]) -> list[tuple[int, ...]]:
        """Ids of each word as it is cut inside a sentence, where byte-level tokens carry the leading space."""
        return [tuple(ids) for ids in self.encode_continuations([f" {word}" for word in words])]

    def token_name(self, token_id: int) -> str:
        """The token as the vocabulary spells it (``Ġcat``, ``##s``, ``cat</w>``)."""
        return self.backend.id_to_token(token_id) or f"<{token_id}>"

    @cached_property
    def token_texts(self) -> list[str]:
        """The text each token of the vocabulary adds to a text before it. Cost: one pass over the vocabulary."""
        return self.decode_continuations([[i] for i in range(self.vocab_size)])

    @cached_property
    def starts_word(self) -> list[bool]:
        """Whether each token of the vocabulary begins a word after a text, as this tokenizer itself marks it."""
        return [text.startswith(" ") for text in self.token_texts]

    def split(self, text: str, spans: Sequence[tuple[int, int]] | None = None) -> list[Word]:
        """Cut a text into words with this tokenizer's ids.

        Parameters
        ----------
        spans : sequence of (start, end), optional
            Character spans of the words, in order; default: what lies between white space.

        Returns
        -------
        list of Word
            ``[i for w in words for i in w.ids] == encode(text)`` exactly; empty for a text without words.
        """
        return self._group(text, self.backend.encode(text, add_special_tokens=False), spans)

    def split_continuation(self, text: str) -> list[Word]:
        """``split`` for a text that begins with white space and follows other text; spans are those of the text."""
        return [word.moved(-len(LEAD)) for word in self.split(LEAD + text)[1:]]

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

    def _group(self, text: str, encoding: Encoding, spans: Sequence[tuple[int, int]] | None = None) -> list[Word]:
        return self._assemble(text, encoding.ids, encoding.offsets, spans)

    def _assemble(
        self,
        text: str,
        ids: list[int],
        offsets: list[tuple[int, int]],
        spans: Sequence[tuple[int, int]] | None = None,
    ) -> list[Word]:
        words = word_spans(text) if spans is None else spans
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
                    offsets=tuple(offsets[t] for t in tokens),
                    tokens=tuple(text[offsets[t][0] : offsets[t][1]] for t in tokens),
                    unknown=not word_ids or self.unknown_id in word_ids,
                )
            )
        return result
