"""Words as every family of tokenizer cuts them, and embeddings cut along them."""

from __future__ import annotations

from unicodedata import category, normalize

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fuse_core.words.alignment import align
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import group_tokens, word_spans
from fuse_core.words.word_tensors import merge, pad_slots, split
from tests.fuse_core import tiny_models
from tests.fuse_core.builders import FAMILIES, quick, tokenizer
from tests.fuse_core.dense import normal

every_family = pytest.mark.parametrize("family", FAMILIES)
# Byte-level tokenizers decode to the very text they were given.
lossless = pytest.mark.parametrize("family", ["byte-level", "gemma", "tekken", "tiktoken"])

SNIPPETS = [
    *(" ", "  ", "\n", "\r\n\t", "\u00a0", "\u2003", "\u3000", "\x1c", "\x85", "\u200b"),
    *("The", "cats", "dog's", "don't", "walking", "naïve", "e\u0301", "\u0301", "İ", "12", "...", "!?", "▁", "##s"),
    *("😀", "👩‍👩‍👧", "🏳️‍🌈", "中文", "日本語テキスト", "שלום", "नमस्ते", "ﬁ", "½", "\ufffd", "</w>", "\x00"),
]
texts = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=4), max_size=12).map("".join)
# Characters that no normalizer turns into white space.
visible = st.characters(exclude_categories=("Cs", "Cc", "Z")).filter(lambda c: normalize("NFKC", c)[0] != " ")
visible_words = st.lists(st.text(visible, min_size=1, max_size=6), min_size=1, max_size=5)


def words_of(text: str) -> list[str]:
    """Words by a loop over characters: white space is what Python and Unicode's separators or BERT agree on."""
    found = [""]
    for c in text:
        if c.isspace() and (c in " \t\n\r" or category(c) in ("Zs", "Zl", "Zp")):
            found.append("")
        else:
            found[-1] += c
    return [word for word in found if word]


@every_family
@quick
@given(text=texts)
@example(text="")
@example(text=" \n\t")
@example(text="  two  spaces,\n\na new line and 😀😀  ")
def test_split_loses_no_token_and_no_word(family, text):
    t = tokenizer(family)
    words = t.split(text)
    assert [w.text for w in words] == words_of(text)
    assert [w.text for w in words] == [text[start:end] for start, end in (w.span for w in words)]
    if words:
        assert [i for w in words for i in w.ids] == t.encode(text)


@every_family
@quick
@given(parts=visible_words)
def test_each_word_gets_the_tokens_of_its_own_characters(family, parts):
    """A word in a sentence has the ids it has by itself, for its white space is part of it."""
    assume(not (family.startswith("spm") and "▁" in "".join(parts)))  # SentencePiece's mark for a space
    t = tokenizer(family)
    spaced = family in ("byte-level", "gemma", "tekken", "tiktoken")
    words = t.split(" ".join(parts))
    assert [list(w.ids) for w in words] == [
        t.encode(" " + part if spaced and k else part) for k, part in enumerate(parts)
    ]


SPACES = [chr(code) for code in range(0x110000) if chr(code).isspace()]
spaced_words = st.lists(
    st.tuples(st.text(st.sampled_from(SPACES), max_size=2), st.sampled_from(["in", "to", "the", "cat", "s", "ö", "."])),
    max_size=8,
).map(lambda parts: "".join(map("".join, parts)))


@quick
@given(text=spaced_words)
@example(text="in\x1cto")  # WordPiece reads "into"
@example(text="in\x85to the\x0bcat")
@example(text=" \x1d ")
def test_two_real_tokenizers_agree_on_words_whatever_the_white_space(text):
    pair = [tiny_models.shared_tokenizer(key) for key in ("gpt2-tokenizer", "minilm")]
    aligned = align(text, *pair)
    assert [word.text for word in aligned] == words_of(text)
    for t, words in zip(pair, ([w.source for w in aligned], [w.target for w in aligned]), strict=True):
        if words:
            assert [i for w in words for i in w.ids] == t.encode(text)
        # No token covers a letter of two words.
        offsets = t.backend.encode(text, add_special_tokens=False).offsets
        spans = [w.span for w in words]
        assert all(sum(a < end and start < b for start, end in spans) <= 1 for a, b in offsets)
        lengths = [len(w.ids) for w in words]
        x = normal(sum(lengths), 3)
        if words:
            assert torch.equal(merge(split(x, lengths), lengths), x)


@every_family
@quick
@given(parts=visible_words)
def test_encode_words_cuts_a_word_as_in_the_middle_of_a_sentence(family, parts):
    t = tokenizer(family)
    in_sentence = [t.split(f"a {part} b")[1].ids for part in parts]
    assert t.encode_words(parts) == in_sentence


@every_family
def test_batches_equal_single_calls(family):
    t = tokenizer(family)
    many = ["", "The cats sat", " a dog's 😀  ", "中文 naïve"]
    ids = [t.encode(text) for text in many]
    assert t.split_batch(many) == [t.split(text) for text in many]
    assert t.encode_batch(many) == ids
    assert t.decode_batch(ids) == [t.decode(i) for i in ids]
    assert t.encode_continuations(many) == [t.encode_continuation(text) for text in many]
    assert t.decode_continuations(ids) == [t.decode_continuation(i) for i in ids]
    assert t.token_texts == [t.decode_continuation([i]) for i in range(t.vocab_size)]


@pytest.mark.parametrize(
    ("family", "word", "unknown"),
    [
        *((family, "cats", False) for family in FAMILIES),
        *((family, "😀", False) for family in ("byte-level", "gemma", "clip", "spm-bpe", "tekken", "tiktoken")),
        ("wordpiece", "😀", True),  # [UNK]
        ("unigram", "😀", True),  # <unk>
        ("unigram", "cat😀", True),
        ("wordpiece", "\u200b", True),  # dropped by the normalizer: no token at all
    ],
)
def test_what_a_tokenizer_cannot_represent_is_unknown(family, word, unknown):
    words = tokenizer(family).split(f"The {word} sat")
    assert [w.unknown for w in words] == [False, unknown, False]


@pytest.mark.parametrize(
    ("family", "token"),
    [
        *(("byte-level", None), ("wordpiece", "[UNK]"), ("unigram", "<unk>"), ("gemma", "<unk>")),
        *(("clip", "<|endoftext|>"), ("t5", "<unk>"), ("llama", None), ("mistral", None)),
        *(("spm-bpe", "<unk>"), ("spm-unigram", "<unk>"), ("tekken", None), ("tiktoken", None)),
    ],
)
def test_the_unknown_token_of_every_family(family, token):
    t = tokenizer(family)
    assert t.unknown_id == (None if token is None else t.backend.token_to_id(token))


def test_special_ids_are_found_and_may_be_given():
    t = tokenizer("byte-level")
    assert t.special_ids == {t.backend.token_to_id("<|endoftext|>")}
    assert WordTokenizer("more", t.backend, special_ids=[7]).special_ids == t.special_ids | {7}


def test_padding_and_truncation_are_switched_off():
    backend = FAMILIES["wordpiece"]()
    backend.enable_truncation(2)
    backend.enable_padding(length=16)
    assert WordTokenizer("w", backend).encode("The cats sat on the mats") == tokenizer("wordpiece").encode(
        "The cats sat on the mats"
    )


def test_token_names_are_spelled_as_in_the_vocabulary():
    t = tokenizer("byte-level")
    names = [t.token_name(i) for i in t.encode("The cats")]
    assert "".join(names) == "TheĠcats"
    assert t.token_name(10**6) == "<1000000>"


def test_fingerprints_tell_tokenizers_apart():
    prints = {tokenizer(family).fingerprint for family in FAMILIES}
    assert len(prints) == len(FAMILIES)
    assert WordTokenizer("again", FAMILIES["wordpiece"]()).fingerprint == tokenizer("wordpiece").fingerprint


@quick
@given(text=texts)
def test_word_spans_are_what_lies_between_white_space(text):
    assert [text[start:end] for start, end in word_spans(text)] == words_of(text)


def test_group_tokens_gives_white_space_to_the_word_that_follows():
    #       "a  bc d " cut into a | two spaces | b | c | space, d | space
    spans = [(0, 1), (1, 3), (3, 4), (4, 5), (5, 7), (7, 8)]
    assert group_tokens(spans, [(0, 1), (3, 5), (6, 7)]) == [0, 1, 1, 1, 2, 2]


# --- Text that follows other text -----------------------------------------------------------------------------------

# Whatever the family: Metaspace and its like put a mark before a text that has no space there.
CONTINUATIONS = [" the cats", " mats, walking", "s", "ing and sing", ", talking", " the  cats", "", " "]


@every_family
@pytest.mark.parametrize("text", CONTINUATIONS[:5])
def test_a_continuation_comes_back_as_it_was(family, text):
    t = tokenizer(family)
    (back,) = t.decode_continuations([t.encode_continuation(text)])
    # CLIP puts a space after every word that has ended, before a comma and before a letter alike.
    assert back.replace(" ,", ",") == (" " + text if family == "clip" and text[0].isalpha() else text)
    assert t.encode_continuation(back) == t.encode_continuation(text)


@every_family
@pytest.mark.parametrize("text", [text for text in CONTINUATIONS if text.startswith((" ", ","))])
def test_the_ids_of_a_text_and_of_what_follows_it_are_those_of_the_whole(family, text):
    t = tokenizer(family)
    assert [*t.encode("The dog"), *t.encode_continuation(text)] == t.encode("The dog" + text)


@lossless
@quick
@given(text=texts)
def test_tokenizers_that_carry_the_space_cut_a_continuation_as_a_text(family, text):
    t = tokenizer(family)
    if not text[:1].isalpha():
        assert t.encode_continuation(text) == t.encode(text)
    assert t.decode_continuation(t.encode(text)) == t.decode(t.encode(text))


@every_family
def test_the_words_of_a_continuation_have_its_ids_and_spans(family):
    t, text = tokenizer(family), " the cats sat"
    words = t.split_continuation(text)
    assert [w.text for w in words] == words_of(text)
    assert [text[slice(*w.span)] for w in words] == words_of(text)
    assert [i for w in words for i in w.ids] == t.encode_continuation(text)


@every_family
def test_word_starts_are_told_as_the_tokenizer_marks_them(family):
    t = tokenizer(family)
    for word in ("cats", "photographer"):
        first, *later = t.encode_words([word])[0]
        assert t.starts_word[first]
        # CLIP marks where a word ends instead: after an ended word every token starts one.
        assert family == "clip" or not any(t.starts_word[k] for k in later)
        assert t.token_texts[first].startswith(" ")


# --- Running prompts ------------------------------------------------------------------------------------------------


@lossless
@quick
@given(text=texts)
def test_split_ids_of_a_text_equals_split(family, text):
    t = tokenizer(family)
    ids = t.encode(text)
    if t.decode(ids) == text:
        assert [(w.text, w.ids) for w in t.split_ids(ids)] == [(w.text, w.ids) for w in t.split(text)]


@every_family
@quick
@given(data=st.data())
def test_split_ids_keeps_any_ids(family, data):
    """Ids no tokenizer would produce, bytes of half a character among them."""
    t = tokenizer(family)
    ids = data.draw(st.lists(st.integers(0, t.vocab_size - 1), max_size=10))
    words = t.split_ids(ids)
    assert [w.text for w in words] == words_of(t.decode(ids))
    if words:
        assert [i for w in words for i in w.ids] == ids


def test_split_ids_keeps_a_cut_the_tokenizer_would_not_make():
    t = tokenizer("byte-level")
    ids = [*t.encode("The"), *t.encode(" "), *t.encode("c"), *t.encode("a"), *t.encode("t"), *t.encode(" sat")]
    assert ids != t.encode(t.decode(ids))
    assert [(w.text, len(w.ids)) for w in t.split_ids(ids)] == [("The", 1), ("cat", 4), ("sat", 1)]


def test_split_ids_of_half_an_emoji():
    t = tokenizer("byte-level")
    whole = t.encode("cat 😀 sat")
    emoji = t.encode(" 😀")
    start = len(t.encode("cat"))
    for cut in range(2, len(emoji)):
        words = t.split_ids(whole[: start + cut])
        assert [w.ids for w in words] == [tuple(whole[:start]), tuple(emoji[:cut])]
        assert set(words[1].text) == {"\ufffd"}
    assert [w.text for w in t.split_ids(whole)] == ["cat", "😀", "sat"]


def test_split_ids_sees_where_clip_ends_a_word():
    t = tokenizer("clip")
    assert [(w.text, w.ids) for w in t.split_ids(t.encode("The cat in dog"))] == [
        (w.text.lower(), w.ids) for w in t.split("The cat in dog")
    ]


# --- Aligning two tokenizers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", FAMILIES)
@pytest.mark.parametrize("target", FAMILIES)
def test_align_pairs_the_same_words(source, target):
    text = " A naïve  dog's\nphotographer 😀!"
    s, t = tokenizer(source), tokenizer(target)
    aligned = align(text, s, t)
    assert [w.text for w in aligned] == words_of(text)
    assert [w.source for w in aligned] == s.split(text)
    assert [w.target for w in aligned] == t.split(text)
    assert [w.lengths for w in aligned] == [(len(w.source.ids), len(w.target.ids)) for w in aligned]


# --- Embeddings -----------------------------------------------------------------------------------------------------

lengths_of_words = st.lists(st.integers(0, 4), min_size=1, max_size=6)


@quick
@given(lengths_of_words, st.sampled_from([None, 4, 6]))
def test_merge_undoes_split(lengths, slots):
    x = normal(sum(lengths), 3)
    words = split(x, lengths, slots)
    assert [tuple(w.shape) for w in words] == [(1, 3, n if slots is None else slots) for n in lengths]
    assert torch.equal(merge(words, lengths), x)


def test_padding_is_zero_and_a_real_token_is_kept_whatever_it_is():
    x = normal(3, 2)
    (word,) = split(x, [3], slots=5)
    assert torch.equal(word[0, :, :3].T, x)
    assert not word[:, :, 3:].any()


def test_split_carries_gradients():
    x = normal(5, 3).requires_grad_()
    weights = normal(5, 3, seed=1)
    (merge(split(x, [2, 0, 3], 4), [2, 0, 3]) * weights).sum().backward()
    assert torch.equal(x.grad, weights)


def test_split_refuses_lengths_that_do_not_add_up():
    with pytest.raises(ValueError, match="4 tokens in all, but x has 5"):
        split(normal(5, 3), [2, 2])
    assert split(normal(0, 3), []) == []


def test_pad_slots_pads_with_zeros_or_cuts():
    a = normal(2, 3, 2)
    assert torch.equal(pad_slots(a, 3), torch.cat([a, torch.zeros(2, 3, 1, dtype=a.dtype)], dim=2))
    assert torch.equal(pad_slots(a, 1), a[:, :, :1])
    assert torch.equal(pad_slots(a, 2), a)
