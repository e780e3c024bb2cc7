"""The terms that settings ask for, their models loaded."""

from __future__ import annotations

import torch
from torch import Tensor

from fuse_core.common.errors import UserError
from fuse_core.common.progress import Progress
from fuse_core.library import Library
from fuse_core.models.catalog import entry
from fuse_core.models.protocols import ImageTextModel, TextEncoder
from fuse_core.objective.image_term import ImageTerm
from fuse_core.objective.label_term import LabelTerm
from fuse_core.objective.target_term import TargetTerm
from fuse_core.search.goal import Goal
from fuse_core.search.objective_config import ObjectiveConfig
from fuse_core.search.terms.term_kind import TERM_KINDS, Wish


def target_terms(
    library: Library, config: ObjectiveConfig, goal: Goal, report_progress: Progress
) -> tuple[TargetTerm, ...]:
    """The fit to the goal where a model compares prompts with it, then labels, then further terms.

    Raises
    ------
    UserError
        When a model cannot be had, or there is no picture to compare with.
    """
    terms: list[TargetTerm] = []
    if config.compares:
        report_progress(0.3, f"Loading the image-text model {config.target}")
        terms.append(_image_term(library, config, goal))
    for c in config.classifiers:
        report_progress(0.35, f"Loading the classifier {c.model}")
        terms.append(LabelTerm(library.classifier(c.model), c.label, c.weight, c.prefix, c.suffix))
    for f in config.further:
        kind = TERM_KINDS[f.kind]
        report_progress(0.37, f"Loading the {kind.label} {f.model}")
        terms.append(kind.make(library, Wish(f.model, f.weight, *config.around_term(f), goal)))
    return tuple(terms)


def reader(library: Library, config: ObjectiveConfig) -> TextEncoder:
    """The model that compares prompts with the goal: its text side where that is a text alone, if it comes by itself.

    Raises
    ------
    UserError
        When it cannot be had, or reads no pictures and is to.
    """
    known = entry(config.target)
    if config.goal == "text" and known.text:
        return library.text_encoder(config.target)
    if known.text and not known.image_text:
        raise UserError(f"{config.target} reads texts alone, no pictures.", "Choose the goal 'text', or another model.")
    return library.image_text(config.target)


def _image_term(library: Library, config: ObjectiveConfig, goal: Goal) -> ImageTerm:
    model = reader(library, config)
    vector = _wanted(model, config, goal) if goal.vector is None else goal.vector
    return ImageTerm(model, vector.to(model.embedding_table.device), config.image_weight, *config.around_image)


def _wanted(model: TextEncoder | ImageTextModel, config: ObjectiveConfig, goal: Goal) -> Tensor:
    """The mean of the goals' unit vectors, shape = (width,): ``1 - cos`` with it is the mean over them."""
    found: list[Tensor] = []
    if config.goal != "text":
        if not goal.pictures:
            raise UserError("There is no picture to compare with.", "Give one, choose the goal 'text', or no target.")
        assert isinstance(model, ImageTextModel)
        found += [model.encode_image(picture) for picture in goal.pictures]
    if config.goal != "picture":
        ids = model.tokenizer.encode(config.wanted_text)
        if len(ids) + 2 > model.max_length:
            most = f"more than the {model.max_length} that {model.key} reads"
            raise UserError(f"The text to resemble has {len(ids) + 2} tokens, {most}.", "Shorten it.")
        found.append(model.encode_ids([ids])[0])
    return found[0] if len(found) == 1 else torch.stack(found).mean(0)
