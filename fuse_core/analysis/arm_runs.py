"""The same picture and number of candidates under every arm: what the carried gradient is worth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from fuse_core.analysis.arms import ARMS, Arm, settings_of
from fuse_core.common.progress import Progress, part_of
from fuse_core.library import Library
from fuse_core.search.config import CaptionConfig
from fuse_core.search.config_fields import own_options
from fuse_core.search.session import Session


@dataclass(frozen=True)
class ArmRun:
    """One run of a comparison.

    Attributes
    ----------
    arm : str
    caption : str
    objectives : tuple of float
        Of the best prompt after every step.
    losses : dict
        Each model's unweighted loss on the best prompt of all.
    evaluations, n_forward_passes : int
        Candidates scored and language-model passes, in all.
    cpu_seconds : float
        Of the steps, all threads; models are loaded and the picture is read before. Other work of the same process at
        the time is in it, that of other processes is not.
    n_filtered : int
        Proposals that the word filter removed.
    """

    arm: str
    caption: str
    objectives: tuple[float, ...]
    losses: dict[str, float]
    evaluations: int
    n_forward_passes: int
    cpu_seconds: float
    n_filtered: int = 0

    @property
    def objective(self) -> float:
        """The best prompt's."""
        return min(self.objectives)


def compared(config: CaptionConfig) -> CaptionConfig:
    """Settings as all arms take them: prompts of fixed length, as in the papers.

    All steps are taken, and the prompts themselves are judged, without an end: were runs to stop when they have ended
    well, one arm would be given more candidates than another. Methods that end no caption are left as they are.
    """
    fixed = {"ending": "fixed", "repeats": "allowed"}
    return config.changed(**{name: value for name, value in fixed.items() if name in own_options(config.method)})


def run_arms(
    library: Library,
    config: CaptionConfig,
    image: Image.Image,
    arms: Sequence[Arm] = tuple(ARMS.values()),
    progress: Progress | None = None,
) -> Iterator[ArmRun]:
    """Run the same settings under each arm, one after the other. Cost: that of as many runs.

    Parameters
    ----------
    progress : callable, optional
        Called before every step with the share done and what is being done; what it raises ends the comparison.
    """
    report_progress = progress or (lambda share, what: None)
    for done, arm in enumerate(arms):
        part = part_of(report_progress, done / len(arms), (done + 1) / len(arms))
        own = compared(config).changed(**settings_of(arm, config.method))
        session = Session.start(library, own, image, part_of(part, 0.0, 0.0))
        cpu_seconds = 0.0
        while not session.finished:
            part(session.position / own.steps, f"{arm.name}: step {session.position + 1} of {own.steps}")
            started = time.process_time()
            session.step()
            cpu_seconds += time.process_time() - started
        taken, best = session.steps[1:], session.best
        yield ArmRun(
            arm=arm.name,
            caption=session.caption,
            objectives=tuple(step.beams[0].objective or 0.0 for step in taken),
            losses=dict(best.losses or {}),
            evaluations=sum(step.evaluations for step in taken),
            n_forward_passes=sum(step.n_forward_passes for step in taken),
            cpu_seconds=cpu_seconds,
            n_filtered=sum(step.n_filtered for step in taken),
        )
