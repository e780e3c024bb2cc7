"""The gradients that fidelity compares, by the key they have in reports and files, and what people are shown."""

# ``fuse-target`` is carried by the paper's buckets of the target's token lengths; ``target`` is not carried at all.
GRADIENT_NAMES = {
    "fuse": "FUSE, pair buckets",
    "fuse-target": "FUSE, target buckets (the paper's)",
    "target": "target's own gradient",
    "random": "random order",
}
