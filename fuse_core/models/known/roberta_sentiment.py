"""Twitter-RoBERTa (Loureiro et al. 2022), the paper's sentiment classifier."""

from __future__ import annotations

from fuse_core.models.architectures import sequence_classifier
from fuse_core.models.entry import Entry

REPOSITORY = "cardiffnlp/twitter-roberta-base-sentiment-latest"

ENTRY = Entry(
    key="roberta-sentiment",
    title="Twitter-RoBERTa sentiment",
    family="byte-level BPE",
    licence="CC BY 4.0",
    origin=f"hub {REPOSITORY}",
    hub=REPOSITORY,
    **sequence_classifier.ARCHITECTURE.loaders,
)
