"""METEOR (Denkowski and Lavie 2014), by its authors' Java program as the pycocoevalcap package carries it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence

import numpy as np

from fuse_core.analysis.captions.metrics.metric import Judged, Judges, Metric
from fuse_core.analysis.captions.tokenise import tokens
from fuse_core.common.errors import UserError
from fuse_core.common.storage import require_wheel

PACKAGE, LISTED = "pycocoevalcap", "requirements-judges.txt"
PATIENCE = 600.0  # seconds until it counts as hanging


def measure(judged: Sequence[Judged], judges: Judges) -> np.ndarray:
    """Of every picture, shape = (pictures, 1).

    Raises
    ------
    UserError
        Without the package or Java, and when the program fails.
    """
    require_wheel(PACKAGE, "meteor", "meteor-1.5.jar", listed=LISTED)
    if shutil.which("java") is None:
        raise UserError("METEOR is a Java program, and there is no 'java' on the PATH.", "Install a Java runtime.")
    captions = {k: [" ".join(tokens(j.caption))] for k, j in enumerate(judged)}
    references = {k: [" ".join(tokens(text)) for text in j.references] for k, j in enumerate(judged)}
    from pycocoevalcap.meteor.meteor import Meteor  # type: ignore[import-not-found]

    program = Meteor()
    watch = threading.Timer(PATIENCE, program.meteor_p.kill)
    watch.start()
    try:
        _, scores = program.compute_score(references, captions)
    except (OSError, ValueError) as error:  # it ended, and what was read is no number
        raise UserError("METEOR's Java program failed; it needs 2 GB of memory.") from error
    finally:
        watch.cancel()
        program.meteor_p.kill()
    return np.array(scores, dtype=float)[:, None]


METRIC = Metric(
    name="METEOR",
    order=4,
    columns=("METEOR",),
    help="Words in common with a reference, with stems, synonyms and paraphrases, less for another order; 0 to 1.",
    measure=measure,
)
