"""What the Adapter view's handlers fill, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True)
class PairComponents:
    """Both maps of the pair on show: ``shown`` is its (source, target), or None."""

    status: gr.HTML
    shown: gr.State
    results: gr.Column
    summary: gr.Markdown
    errors: gr.Plot
    table: gr.Dataframe
    size: gr.Plot
    sizes: gr.Dataframe


@dataclass(frozen=True)
class WordComponents:
    """One word through one map."""

    status: gr.HTML
    near: gr.Dataframe


@dataclass(frozen=True)
class BucketComponents:
    """One bucket of one map, and words that it maps well and badly."""

    status: gr.HTML
    chosen: gr.Dropdown
    facts: gr.Markdown
    ridge: gr.Plot
    spectrum: gr.Plot
    conditions: gr.Dataframe
    penrose: gr.Dataframe
    best: gr.Dataframe
    worst: gr.Dataframe


@dataclass(frozen=True)
class RetrievalComponents:
    """How often mapped words find their own tokens."""

    status: gr.HTML
    results: gr.Column
    table: gr.Dataframe


@dataclass(frozen=True)
class KindComponents:
    """All kinds of adapters side by side."""

    status: gr.HTML
    results: gr.Column
    summary: gr.Markdown
    errors: gr.Plot
    shares: gr.Plot
    table: gr.Dataframe
