"""What every method owes: candidates and finished prompts whose objective is that of their text, computed anew."""

from __future__ import annotations

import math
from functools import cache

import pytest

from fuse_core.search.problem import Problem
from fuse_core.search.records import Beam, Step
from fuse_core.words.tokenizer import WordTokenizer


def check_exact(problem: Problem, step: Step) -> None:
    """Objective and every model's loss of all candidates against an evaluation of their texts from scratch."""
    total, losses = problem.objective.evaluate([c.text for c in step.candidates])
    assert [c.objective for c in step.candidates] == pytest.approx(total.tolist(), abs=1e-4)
    for name, values in losses.items():
        assert [c.losses[name] for c in step.candidates] == pytest.approx(values.tolist(), abs=1e-4)


def check_finished(problem: Problem, beam: Beam) -> None:
    """A finished prompt against the full model, token after token, and against what its picture loss is."""
    language, term = problem.objective.language, problem.objective.targets[0]
    row = [*language.context(), *beam.ids]
    assert row == [*language.context(), *language.model.tokenizer.encode_continuation(beam.text)]
    log_probs = language.model.logits([row])[0].log_softmax(-1)
    nll = -sum(float(log_probs[k - 1, row[k]]) for k in range(len(row) - len(beam.ids), len(row)))
    nll -= math.log(sum(float(log_probs[-1, k].exp()) for k in _ends(language.model.tokenizer)))
    (picture,) = term.losses([beam.text]).tolist()
    assert beam.losses == pytest.approx({language.name: nll / (len(beam.ids) + 1), term.name: picture}, abs=1e-4)
    assert beam.nll == pytest.approx(nll, abs=1e-3)
    weighted = language.weight * nll / (len(beam.ids) + 1) + term.weight * picture
    assert beam.objective == pytest.approx(weighted, abs=3e-3)


@cache
def _ends(tokenizer: WordTokenizer) -> list[int]:
    """Ids of full stops, closing marks after them, line breaks and special tokens, by what each decodes to."""
    found = sorted(tokenizer.special_ids)
    for k, text in enumerate(spelled(tokenizer)):
        breaks_line = not text.strip() and "\n" in text
        full_stop = text.strip(" \"')]\u201d\u2019\n\r\t") == "." and text.removeprefix(" ").startswith(".")
        found += [k] if (breaks_line or full_stop) and k not in tokenizer.special_ids else []
    return found


@cache
def spelled(tokenizer: WordTokenizer) -> list[str]:
    """What every token decodes to by itself."""
    return [tokenizer.decode([k]) for k in range(tokenizer.vocab_size)]
