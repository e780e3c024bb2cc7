"""The gradients that fidelity compares, by the key they have in reports and files, and what people are shown."""

# ``fuse`` is the default adapter, which maps words of one token from the source's first layers, too. ``fuse-embedding``
# maps embeddings in the same buckets, ``fuse-target`` in the paper's, of the target's token lengths. ``target`` is not
# carried at all.
GRADIENT_NAMES = {
    "fuse": "FUSE, pair buckets, first layers",
    "fuse-embedding": "FUSE, pair buckets, embedding",
    "fuse-target": "FUSE, target buckets (the paper's)",
    "target": "target's own gradient",
    "random": "random order",
}


def gradient_label(name: str) -> str:
    """What people are shown for a gradient's key: of another adapter, its kind's name."""
    from fuse_core.adapter.kinds.kind import KINDS  # imports torch: a command's help has no time for it

    return GRADIENT_NAMES[name] if name in GRADIENT_NAMES else f"other adapter: {KINDS[name].label}"
