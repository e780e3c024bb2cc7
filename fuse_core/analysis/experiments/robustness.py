"""``robustness``: every ordered pair of tokenizer families, and a pair whose tokenizers disagree as much as one likes.

The second of the checks that the source of FUSE (arXiv 2408.04816) leaves to others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

from fuse_core.adapter.fit import FitOptions, VocabularySide
from fuse_core.analysis.captions.coco import read_captions
from fuse_core.analysis.experiments.experiment import Cell, Column, Experiment, Figure, Row, Settings
from fuse_core.analysis.experiments.judged_pair import judge_pair
from fuse_core.common.errors import MissingModel
from fuse_core.common.progress import Progress
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.objective.fluency_term import FluencyTerm
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.target_term import TargetTerm
from fuse_core.synthetic.pair import principal_table
from fuse_core.synthetic.recut import MeanReader, recut_target
from fuse_core.words.corpus import Corpus, english, is_heldout

REAL, SYNTHETIC = "real", "synthetic"
COMMON = {"models": ["smollm2", "minilm", "gemma3", "e5-small"], "base": "smollm2", "max_tokens": 4}
SIZES = {
    "small": {
        **COMMON,
        "corpus": 20_000,
        "examples": 2048,
        "texts": 4,
        "words": 40,
        "d": 64,
        "recut": [0.0, 0.1, 1.0],
        "noise": [0.0],
    },
    "large": {
        **COMMON,
        "corpus": 50_000,
        "examples": 4096,
        "texts": 6,
        "words": 60,
        "d": 96,
        "recut": [0.0, 0.03, 0.1, 0.3, 1.0],
        "noise": [0.0, 1.0],
    },
}


def cells(settings: Settings) -> list[Cell]:
    """Real pairs by target, so that its losses are measured once; then the synthetic ones."""
    pairs = sorted(permutations(settings["models"], 2), key=lambda pair: pair[::-1])
    real = [{"kind": REAL, "source": source, "target": target} for source, target in pairs]
    made = product(settings["recut"], settings["noise"])
    return [*real, *({"kind": SYNTHETIC, "recut": recut, "noise": noise} for recut, noise in made)]


def starts_and_goals(settings: Settings) -> list[tuple[str, str]]:
    """Contexts and whole texts: the first three words of captions that people wrote, and the captions."""
    known = read_captions(assets_folder() / "eval" / "captions.json").references.values()
    texts = [captions[0] for captions in known][: settings["texts"]]
    return [(" " + " ".join(text.split()[:3]), text) for text in texts]


def candidate_words(library: Library, settings: Settings) -> list[str]:
    """Held-out words that are one token to every model that is here, the most frequent first."""

    def find() -> list[str]:
        words = [w for w in english(settings["corpus"]).words if is_heldout(w) and w.isalpha() and w.islower()]
        for key in settings["models"]:
            if entry(key).present:
                rows = library.tokenizer(key).encode_words(words)
                words = [word for word, ids in zip(words, rows, strict=True) if len(ids) == 1]
        return words[: settings["words"]]

    return library.once(("experiment words", str(settings)), find)


def loss_term(library: Library, key: str, goal: str) -> TargetTerm:
    """The loss of a text: a language model's surprise at it, or a text encoder's distance from the goal."""
    if entry(key).causal is not None:
        return FluencyTerm(library.causal(key))
    model = library.text_encoder(key)
    return ImageTerm(model, model.encode_ids([model.tokenizer.encode(goal)])[0])


def measure(library: Library, settings: Settings, cell: Cell, progress: Progress) -> list[Row]:
    """One pair."""
    options = FitOptions(examples=settings["examples"], words=settings["corpus"], max_tokens=settings["max_tokens"])
    goals, running = starts_and_goals(settings), english(settings["corpus"])
    if cell["kind"] == REAL:
        source, target = cell["source"], cell["target"]
        for key in (source, target):
            if not entry(key).present:
                raise MissingModel(f"{key} is not installed.", f"It comes from {entry(key).origin}.")
        terms = [(context, loss_term(library, target, goal)) for context, goal in goals]
        sides = library.vocabulary_side(source), library.vocabulary_side(target)
        about = {"pair": f"{source} → {target}", "families": f"{entry(source).family} → {entry(target).family}"}
        about |= {"recut": None, "noise": None}
        corpus: Corpus = library.fit_corpus(source, options)
    else:
        base = library.vocabulary_side(settings["base"])
        small = library.once(("experiment table", settings["d"]), lambda: principal_table(base.table, settings["d"]))
        source_side = VocabularySide(base.tokenizer, small)
        sides = source_side, recut_target(source_side, cell["recut"], cell["noise"])
        model = MeanReader(sides[1])
        encoded = [model.encode_ids([model.tokenizer.encode(goal)])[0] for _, goal in goals]
        terms = [(context, ImageTerm(model, z)) for (context, _), z in zip(goals, encoded, strict=True)]  # type: ignore[arg-type]
        about = {"pair": f"recut {cell['recut']:g}, noise {cell['noise']:g}", "families": "", "recut": cell["recut"]}
        about |= {"noise": cell["noise"]}
        corpus = running

    def once(key, make):
        return library.once(key, make) if cell["kind"] == REAL else make()

    found = judge_pair(sides, (corpus, running), options, terms, candidate_words(library, settings), once, progress)
    return [{"kind": cell["kind"], **about, **found}]


def table(settings: Settings, observations: Sequence[Row]) -> list[Row]:
    """A row a pair."""
    return list(observations)


def says(rows: Sequence[Row]) -> str:
    """The range over real pairs, and what disagreement alone costs."""
    real, made = ([row for row in rows if row["kind"] == kind] for kind in (REAL, SYNTHETIC))
    clean = sorted((row for row in made if row["noise"] == 0), key=lambda row: row["recut"])
    told = ""
    if real:
        low, high = (pick(real, key=lambda row: row["share"]) for pick in (min, max))
        none = max(row["shuffled"] for row in real)
        told = (
            f"Over {len(real)} ordered pairs of real tokenizers the carried gradient keeps between {low['share']:.2f} "
            f"({low['pair']}) and {high['share']:.2f} ({high['pair']}) of the target's own rank correlation; fitted to "
            f"shuffled pairs at most {none:.2f}. "
        )
    first, last, least = clean[0], clean[-1], min(clean, key=lambda row: row["share"])
    return told + (
        f"Where embeddings differ by a rotation alone, it keeps {first['share']:.2f} with equal tokenizers and "
        f"{last['share']:.2f} when {last['differing']:.0%} of the words in running text are cut otherwise; the least "
        f"is {least['share']:.2f}, at {least['differing']:.0%}. "
        f"{first['texts']} texts a pair."
    )


EXPERIMENT = Experiment(
    name="robustness",
    title="Does it hold for any two tokenizers?",
    asks="The method rests on words that two tokenizers cut differently. Every ordered pair of the families at hand is "
    "fitted and judged alike; and a pair is made whose embeddings differ by a rotation (and noise) while more and more "
    "words are cut otherwise, which shows what disagreement of tokenizers costs by itself.",
    sizes=SIZES,
    columns=(
        Column("kind", "kind", "text"),
        Column("pair", "pair", "text"),
        Column("families", "families of tokenizers", "text"),
        Column("recut", "share of words' merges left out"),
        Column("noise", "noise, of the embeddings' root mean square"),
        Column("coverage", "coverage, share of running text"),
        Column("differing", "cut otherwise, share of running text"),
        Column("words", "held-out words"),
        Column("error", "held-out error, relative"),
        Column("explained", "explained variance"),
        Column("texts", "texts"),
        Column("own", "target's own Spearman correlation"),
        Column("share", "share of the target's own correlation"),
        Column("share_low", "share, 95 % from"),
        Column("share_high", "share, 95 % to"),
        Column("shuffled", "share with shuffled pairs"),
    ),
    figures=(
        Figure("share", "Real pairs", "share", "pair", "", "share_low", "share_high", {"kind": REAL}),
        Figure(
            "recut",
            "Words cut otherwise",
            "differing",
            "share",
            "noise",
            "share_low",
            "share_high",
            {"kind": SYNTHETIC},
        ),
        Figure("error", "Error by disagreement", "differing", "error", "noise", where={"kind": SYNTHETIC}),
    ),
    cells=cells,
    measure=measure,
    table=table,
    says=says,
    order=10,
)
