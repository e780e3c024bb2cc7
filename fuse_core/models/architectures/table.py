"""The architectures and what is tested of each, as a page of Markdown: ``docs/models.md``."""

from __future__ import annotations

from fuse_core.models.architectures.architecture import ARCHITECTURES

HEAD = """# Models

Written by `python -m fuse_core models --markdown docs/models.md`; a test compares the two.

Wherever a model is chosen, it is named by a key (`python -m fuse_core models`), by a folder in transformers' format
(`--target ./clip`) or by its place on a hub (`--source openai-community/gpt2`). Weights are read from safetensors
alone, no code of a checkpoint is run, and what does not fit into memory is refused before it is loaded. `FUSE_MODELS`
may name a folder that holds one folder a model: those stand in the menus under their folders' names, and one that has
a known key for its name takes that model's place.

What the tests read, each a checkpoint of two layers with random weights, saved as transformers saves it and named by
its folder (`tests/fuse_core/models/test_architectures.py`, in double precision; beside it BLIP in `test_hub.py`,
Stable Diffusion in `test_stable_diffusion.py`). Others of the same class are loaded alike. Language models, text
encoders and classifiers are tried on a few tokens first: one whose readings of input embeddings, or of kept keys and
values, differ from those of its ids is refused, and so is one that reads two texts, or two pictures, alike. A
`config.json` that does not fit its weights is refused before a network of its sizes is built; one that fits the same
weights as another model (half the heads) is told where what the model read before is kept.

What `config.json` says is obeyed or refused, with these exceptions. `dtype` (or `torch_dtype`) has to be a type of
floating-point numbers, and weights are held in single precision whichever it is. What concerns training, the writing of
texts, further outputs (`output_attentions`) or code (`auto_map`) is not used, nor is any name that transformers does
not know. Anything under `quantization_config` is refused.

Stable Diffusion needs the package diffusers (`make diffusion`, or `pip install -r requirements-diffusion.txt`), and is
a folder in its format, known by `model_index.json`. Its safety checker is not loaded. It takes part in a run as a
further term (`docs/goals.md`).
"""


def markdown() -> str:
    """The page."""
    parts = [HEAD]
    for architecture in ARCHITECTURES.values():
        rows = [f"| {f.title} | `{f.model_type}` | {f.differs or 'nothing'} |" for f in architecture.families]
        title = architecture.title[0].upper() + architecture.title[1:]
        checks = f"Tested of each: {'; '.join(architecture.checks)}."
        table = ["| models | `model_type` | what is peculiar, and tested |", "| --- | --- | --- |", *rows]
        parts.append("\n".join([f"## {title}", "", checks, "", *table, ""]))
    return "\n".join(parts)
