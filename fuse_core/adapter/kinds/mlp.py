"""``mlp``: a small network trained by gradient descent, what a map may gain by not being linear.

The check that FUSE's authors ask for (arXiv 2408.04816) is a trained adapter; ``trained`` is the linear one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from fuse_core.adapter.kinds.kind import AdapterKind, Carrier
from fuse_core.adapter.kinds.shared_words import SharedWords
from fuse_core.common.progress import Progress

HIDDEN, BATCH, EPOCHS, RATE, SEED = 512, 512, 40, 1e-3, 0
VALIDATION = 10  # every so many-th training word is kept to stop by
PATIENCE = 4  # epochs without a better error on them


def train(x: Tensor, y: Tensor, progress: Progress, epochs: int = EPOCHS, seed: int = SEED) -> tuple[nn.Module, int]:
    """Minimise the squared error of a network of one hidden layer (GELU) by Adam; stops early, and keeps the best.

    Parameters
    ----------
    x : Tensor, shape = (n, d_src)
    y : Tensor, shape = (n, d_tgt)

    Returns
    -------
    Module
        (n, d_src) -> (n, d_tgt), in units of ``x`` and ``y``. ``O(n hidden (d_src + d_tgt))`` an epoch.
    int
        Epochs that were trained.
    """
    scales = [a.square().mean().sqrt().clamp_min(1e-12) for a in (x, y)]
    network = _network(x.shape[1], y.shape[1], seed).to(x)
    checked = torch.arange(len(x), device=x.device) % VALIDATION == 0
    (fit_x, own_x), (fit_y, own_y) = ((a[~checked] / s, a[checked] / s) for a, s in zip((x, y), scales, strict=True))
    rng, optimiser = torch.Generator().manual_seed(seed), torch.optim.Adam(network.parameters(), lr=RATE)
    best, kept, waited, done = math.inf, _copied(network), 0, 0
    while done < epochs and waited < PATIENCE:
        progress(done / epochs, f"Training: epoch {done + 1}")
        with torch.enable_grad():
            for batch in torch.randperm(len(fit_x), generator=rng).to(x.device).split(BATCH):
                optimiser.zero_grad()
                (network(fit_x[batch]) - fit_y[batch]).square().mean().backward()
                optimiser.step()
        with torch.no_grad():
            error = float((network(own_x) - own_y).square().mean())
        done, waited = done + 1, waited + 1
        if error < best:
            best, kept, waited = error, _copied(network), 0
    network.load_state_dict(kept)
    network.requires_grad_(False)
    return _Scaled(network, *scales), done


class _Scaled(nn.Module):
    """A network of inputs and outputs of unit root mean square, for others."""

    def __init__(self, network: nn.Module, of_input: Tensor, of_output: Tensor) -> None:
        super().__init__()
        self.network, self.of_input, self.of_output = network, of_input, of_output

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x / self.of_input) * self.of_output


def _network(d_src: int, d_tgt: int, seed: int) -> nn.Module:
    """Layers whose weights come from a generator of their own: the process's random numbers are left alone."""
    layers = [nn.Linear(d_src, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, d_tgt)]
    rng = torch.Generator().manual_seed(seed)
    for layer in layers:
        if isinstance(layer, nn.Linear):
            layer.weight = nn.Parameter(torch.randn(layer.weight.shape, generator=rng) / layer.in_features**0.5)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def _copied(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def fit(shared: SharedWords, progress: Progress) -> Carrier:
    """Tens of epochs over the training words, of which a tenth is not learnt from: some twenty CPU-seconds."""
    table = shared.source.table
    network, epochs = train(shared.x, shared.y, progress)
    weights = sum(p.numel() * p.element_size() for p in network.parameters())
    return Carrier(lambda ids: network(table[ids.to(table.device)]), weights, {"epochs": epochs})


KIND = AdapterKind(
    "mlp",
    "MLP",
    f"A network of one hidden layer of {HIDDEN} units, trained by gradient descent (Adam) and stopped early: "
    "what an adapter may gain by not being linear.",
    (r"W_2\,\mathrm{gelu}(W_1 e + b_1) + b_2", r"\text{Adam on } \lVert \cdot - y \rVert^2"),
    fit,
    order=21,
)
