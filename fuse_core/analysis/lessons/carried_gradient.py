"""A picture's gradient at a sentence's words, carried back with the t-transpose and with one that forgets its reversal.

FUSE (arXiv 2408.04816) carries a gradient back by ``G * M'``. The t-transpose transposes every frontal slice *and*
reverses slices ``1 .. l-1`` (Kilmer and Martin, 2011); only then is it the adjoint: ``<D * M, G> = <D, G * M'>``.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fuse_core.adapter.adapter import Adapter
from fuse_core.adapter.adjoint import vjp_map
from fuse_core.adapter.fit import FitOptions
from fuse_core.adapter.map import apply_map
from fuse_core.analysis.lessons.recorded import RecordedLesson
from fuse_core.common.errors import UserError
from fuse_core.common.pictures import open_picture
from fuse_core.common.progress import Progress, part_of
from fuse_core.common.storage import assets_folder
from fuse_core.library import Library
from fuse_core.objective.image_term import ImageTerm
from fuse_core.search.presets import load_preset
from fuse_core.words.alignment import AlignedWord, align
from fuse_core.words.tokenizer import WordTokenizer
from fuse_core.words.word import Word
from fuse_core.words.word_tensors import word_tensor

SOURCE, TARGET, PICTURE = "smollm2", "minilm", "cat.jpg"
TEXT = "a tabby with whiskers plays the saxophone on a trampoline"
MOVES = 16  # small changes of a word that the identity is tried on
LONGEST = 12  # words


def order_kept(m: Tensor) -> Tensor:
    """A tensor whose t-transpose is ``m`` with every slice transposed and none moved: slices ``1 .. l-1`` reversed."""
    return torch.cat([m[:, :, :1], m[:, :, 1:].flip(2)], dim=2)


def moves_of(x: Tensor, table: Tensor) -> Tensor:
    """Changes of a word (1, d_src, i): one token replaced by another, at every place in turn, (MOVES, d_src, i)."""
    drawn = torch.randint(len(table), (MOVES,), generator=torch.Generator().manual_seed(0))
    moves = torch.zeros(MOVES, *x.shape[1:], dtype=x.dtype, device=x.device)
    for k, token in enumerate(drawn.tolist()):
        place = k % x.shape[2]
        moves[k, :, place] = table[token].to(x.dtype) - x[0, :, place]
    return moves


def identity(g: Tensor, m: Tensor, moves: Tensor, first_token_block: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Both gradients carried back, and what they and the target's own foretell of changes of the word.

    Parameters
    ----------
    g : Tensor, shape = (1, d_tgt, j)
    m : Tensor, shape = (d_src or 2 d_src, d_tgt, l)
    moves : Tensor, shape = (n, d_src, i)
    first_token_block : bool
        As for ``vjp_map``.

    Returns
    -------
    carried, forgetful : Tensor, shape = (1, d_src, i)
        ``G * M'``, and the same without the reversal.
    foretold : Tensor, shape = (n, 3)
        ``<D * M, G>``, ``<D, G * M'>``, and the latter without the reversal.
    """
    i, j = moves.shape[2], g.shape[2]
    carried = vjp_map(g, m, i, first_token_block)
    forgetful = vjp_map(g, order_kept(m), i, first_token_block)
    at_target = (apply_map(moves, m, j) * g).sum((1, 2))
    foretold = [at_target, *((moves * back).sum((1, 2)) for back in (carried, forgetful))]
    return carried, forgetful, torch.stack(foretold, dim=1)


def shadows(*vectors: Tensor) -> tuple[list[list[list[float]]], float]:
    """Groups of vectors, each (d, n), in the plane that keeps most of their squared length; and the share kept."""
    together = torch.cat(vectors, dim=1)
    plane = torch.linalg.svd(together, full_matrices=False)[0][:, :2]
    plane = torch.cat([plane, plane.new_zeros(len(plane), 2 - plane.shape[1])], dim=1)
    share = float((plane.T @ together).square().sum() / together.square().sum().clamp_min(1e-30))
    return [[_rounded(row) for row in (plane.T @ group).T] for group in vectors], share


def carry(library: Library, text: str, progress: Progress | None = None) -> dict[str, Any]:
    """The gradient of a picture's loss at every word of a sentence, at the target's tokens and at the source's.

    Raises
    ------
    UserError
        When the sentence has no word, or too many.

    Notes
    -----
    One forward and backward pass of the target, and two t-products a word.
    """
    words = text.split()
    if not 0 < len(words) <= LONGEST:
        raise UserError(f"Type 1 to {LONGEST} words.")
    report = progress or (lambda share, what: None)
    report(0.0, "Loading both models")
    target, source = library.image_text(TARGET), library.embedding_model(SOURCE)
    adapter = library.adapter(SOURCE, TARGET, FitOptions(), part_of(report, 0.3, 0.9))
    config = load_preset("offline-plain")
    image = target.encode_image(open_picture(assets_folder() / "images" / PICTURE))
    term = ImageTerm(target, image, config.image_weight, config.prefix)
    prompt = " " + " ".join(words)
    term.check_length(prompt)
    report(0.9, "Taking the gradient")
    (gradient,) = term.gradients([prompt])
    found = []
    for word, g in zip(align(prompt, source.tokenizer, target.tokenizer), gradient.of_prompt, strict=True):
        m = adapter.map_for(*word.lengths)
        names = {
            "text": word.text,
            "source": _shown(word.source, source.tokenizer),
            "target": _shown(word.target, target.tokenizer),
        }
        found.append(names | ({} if m is None else _carried(word, g, m, adapter, source.embedding_table)))
    return {"text": " ".join(words), "loss": round(gradient.loss, 4), "weight": config.image_weight, "words": found}


def _shown(word: Word, tokenizer: WordTokenizer) -> list[str]:
    """Its tokens' text; a part of a character is spelled as in the vocabulary."""
    return [text.strip() or tokenizer.token_name(k) for text, k in zip(word.tokens, word.ids, strict=True)]


def _carried(word: AlignedWord, g: Tensor, m: Tensor, adapter: Adapter, table: Tensor) -> dict[str, Any]:
    g, m, table = g.detach().cpu().double(), m.cpu().double(), table.cpu()
    i, j = word.lengths
    x = word_tensor(table, [word.source.ids], i).double()
    carried, forgetful, foretold = identity(g, m, moves_of(x, table), adapter.has_first_token_block(i))
    (at_target,), target_share = shadows(-g[0])
    (at_source, without), source_share = shadows(-carried[0], -forgetful[0])
    return {
        "slots": max(i, j),
        "arrows": {"target": at_target, "source": at_source, "without": without},
        "norms": {
            "target": _rounded(g[0].norm(dim=0)),
            "source": _rounded(carried[0].norm(dim=0)),
            "without": _rounded(forgetful[0].norm(dim=0)),
        },
        "shares": [round(target_share, 3), round(source_share, 3)],
        "cosine": round(float(torch.cosine_similarity(carried.flatten(), forgetful.flatten(), dim=0)), 4),
        "moves": [_rounded(row) for row in foretold],
        "wrong": [float(f"{float((foretold[:, k] - foretold[:, 0]).abs().max()):.2g}") for k in (1, 2)],
    }


def _rounded(values: Tensor) -> list[float]:
    return [float(f"{v:.5g}") for v in values.tolist()]


LESSON = RecordedLesson("gradient", 8, lambda library: carry(library, TEXT))
