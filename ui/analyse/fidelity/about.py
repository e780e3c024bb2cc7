"""What the figures and tables of the Fidelity view were made with."""

from __future__ import annotations

from pathlib import PurePath

from fuse_core.analysis.fidelity_names import gradient_label
from fuse_core.analysis.fidelity_run import FidelityRun
from ui.analyse.fidelity.handlers import recorded
from ui.kit.about import About


def about(measured: FidelityRun | None, at: str, name: str, within: float | None) -> About:
    """The run on show, measured or recorded, and how it is looked at."""
    run = measured or recorded()
    contexts = [context.context.strip() for context in run.contexts]
    settings = {
        "recorded": run.created or "no, measured on the page",
        "source model (i)": run.source,
        "target model (j)": run.target,
        "pictures": list(dict.fromkeys(context.image for context in run.contexts)),
        "contexts": list(dict.fromkeys(contexts)),
        "candidates": run.candidates,
        "gradient taken at": at,
        "K": within,
        "gradient in the left figure": gradient_label(name),
        "picture and context of the dots": [run.image, run.drawn.context],
    }
    return About(settings, [run.source, run.target, PurePath(run.image).stem])
