"""A lexicon of real words with a second tokenizer that cuts them in places of its own, no token in two words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from fuse_core.words.corpus import Corpus, english
from fuse_core.words.tokenizer import WordTokenizer

START = "▁"  # begins a token that begins a word
SHORTEST, USUAL = 2, 3  # letters of a piece: at least, and in the mean (so that enough words find pieces of their own)
ATTEMPTS = 8  # random cuts tried for a word before it is left out
ENGLISH = 50_000  # frequent English words to choose from
# Put first, so that a sample text has words one would read aloud.
THINGS = (
    "mountain river window garden telescope orchestra umbrella butterfly cathedral strawberry elephant violin "
    "lighthouse lavender waterfall pomegranate cinnamon sunflower library bicycle cheetah grasshopper saxophone "
    "flamingo dandelion hedgehog nightingale gooseberry gingerbread windmill accordion xylophone hummingbird "
    "buttercup woodpecker pelican snowflake bookshelf wheelbarrow chandelier porcupine kingfisher sandpiper "
    "kaleidoscope hippopotamus quicksand cobblestone tangerine trampoline carousel"
)
Cut = tuple[str, ...]


def things_first() -> Corpus:
    """English by frequency, after some names of things."""
    corpus = english(ENGLISH)
    weights = dict(zip(corpus.words, corpus.weights, strict=True))
    words = tuple(dict.fromkeys([*THINGS.split(), *corpus.words]))
    return Corpus(f"{corpus.name}+things", words, tuple(weights.get(word, corpus.weights[-1]) for word in words))


@dataclass(frozen=True)
class Lexicon:
    """Words that two tokenizers cut differently.

    Attributes
    ----------
    corpus : Corpus
        The words, in the order of the corpus they were chosen from.
    buckets : dict
        ``(i, j)`` -> its words, of ``i`` source and ``j`` target tokens.
    tokenizer : WordTokenizer
        The target's, of SentencePiece's Unigram family; each of its tokens but <unk> belongs to one word only.
    """

    corpus: Corpus
    buckets: dict[tuple[int, int], list[str]]
    tokenizer: WordTokenizer


def cut_lexicon(
    source: WordTokenizer, corpus: Corpus, buckets: Sequence[tuple[int, int]], per_bucket: int, seed: int
) -> Lexicon:
    """Choose words for each bucket ``(i, j)`` and cut them at random into ``j`` pieces.

    Parameters
    ----------
    source : WordTokenizer
        Decides ``i``.
    corpus : Corpus
        Words to choose from: those of lower-case letters only, the first ones first.
    per_bucket : int
        Most words a bucket. A few fewer remain where the pieces of other words happen to spell one.
    seed : int
        Of the cuts and of the choice of ``j``.
    """
    rng = random.Random(seed)
    words = [word for word in corpus.words if word.isascii() and word.isalpha() and word.islower()]
    room = dict.fromkeys(buckets, per_bucket)
    taken: set[str] = set()
    cuts: dict[str, Cut] = {}
    lengths: dict[str, tuple[int, int]] = {}
    for word, ids in zip(words, source.encode_words(words), strict=True):
        choice = [(i, j) for (i, j), left in room.items() if i == len(ids) and left and len(word) >= USUAL * j - 1]
        if not choice or source.unknown_id in ids:
            continue
        bucket = rng.choice(choice)
        cut = _cut(word, bucket[1], taken, rng)
        if cut is not None:
            taken.update(cut)
            cuts[word], lengths[word] = cut, bucket
            room[bucket] -= 1
    cuts, target = _unmistakable(cuts)
    known = dict(zip(corpus.words, corpus.weights, strict=True))
    chosen = Corpus(f"{corpus.name}-lexicon-{seed}", tuple(cuts), tuple(known[word] for word in cuts))
    return Lexicon(chosen, {b: [word for word in cuts if lengths[word] == b] for b in buckets}, target)


def _cut(word: str, j: int, taken: set[str], rng: random.Random) -> Cut | None:
    """A random cut into ``j`` pieces that no other word has; None where none was found."""
    for _ in range(ATTEMPTS):
        drawn = sorted(rng.sample(range(SHORTEST, len(word) - (SHORTEST - 1) * j), j - 1))
        places = [place + (SHORTEST - 1) * k for k, place in enumerate(drawn)]
        spans = zip((0, *places), (*places, len(word)), strict=True)
        cut = tuple(START * (a == 0) + word[a:b] for a, b in spans)
        if len(set(cut)) == j and taken.isdisjoint(cut):
            return cut
    return None


def _unmistakable(cuts: dict[str, Cut]) -> tuple[dict[str, Cut], WordTokenizer]:
    """The words that come out cut as meant, and their tokenizer: Unigram takes the fewest pieces, whosever they are.

    Dropping a word and its tokens does not change the cut of one that uses none of them, so one pass is enough.
    """
    tokens = [token for cut in cuts.values() for token in cut]
    # Every piece costs about as much, with small differences that leave no ties.
    costs = {token: 1.0 + 0.1 * k / len(tokens) for k, token in enumerate(tokens)}
    tokenizer = _unigram(costs)
    found = [tuple(map(tokenizer.token_name, ids)) for ids in tokenizer.encode_words(list(cuts))]
    kept = {word: cut for (word, cut), other in zip(cuts.items(), found, strict=True) if cut == other}
    return kept, _unigram({token: costs[token] for cut in kept.values() for token in cut})


def _unigram(costs: dict[str, float]) -> WordTokenizer:
    scores = [("<unk>", -10.0), *((token, -cost) for token, cost in costs.items())]
    backend = Tokenizer(models.Unigram(scores, unk_id=0))
    backend.pre_tokenizer, backend.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    return WordTokenizer("synthetic", backend)
