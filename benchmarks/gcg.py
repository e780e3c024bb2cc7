"""A step of GCG against nanoGCG 0.3.0, which has an environment of its own: ``make bench-gcg``.

Both replace tokens of one prompt that is to make SmolLM2 go on with a text: same weights, same text before, start,
target and tokens to choose from, search width and top k 64, 8 tokens, one prompt kept. Steps take turns; the rows are
ours as it is, and ours with options. The waiting policy of OpenMP is each process's own, so both are measured
(``--policies``): under ``ACTIVE`` idle threads spin, so whoever is not on turn is stopped. After the last common step
ours goes on until it has had as many seconds as nanoGCG. Losses after as many steps do not depend on the policy: the
first one plays all starts, another the first start alone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks.gcg_player import Player, go_on
from fuse_core.analysis.paired import paired_difference

RIVAL = Path(__file__).with_name("gcg_rival.py")
BEFORE, TARGET = "Write:", " a dog runs on the beach"
WIDTH, TOP_K, LENGTH = 64, 64, 8
RIVALS_NAME = "nanoGCG"
OURS = {
    "as it is": {},
    "probe 0.125": {"probe_share": 0.125},
    "probe 0.25": {"probe_share": 0.25},
    "greedy": {"sampling": "greedy", "rescoring": "never"},
    "greedy, probe 0.25": {"sampling": "greedy", "rescoring": "never", "probe_share": 0.25},
}
PLAYED = ["as it is", "probe 0.125"]  # unless others are asked for
STARTS = 3


def play_ours() -> None:
    """Our side, in lines of JSON as the other's."""
    import time

    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from fuse_core.library import Library
    from fuse_core.search.config import CaptionConfig
    from fuse_core.search.methods.registry import start_step, take_step
    from fuse_core.search.problem import caption_problem

    given = json.loads(sys.stdin.readline())
    torch.set_num_threads(given["threads"])
    config = CaptionConfig(**settings(given["seed"], given["steps"]), start=given["start"], **given["settings"])
    problem = caption_problem(Library(), config, None)
    step = start_step(problem)
    print(json.dumps({"ready": "ours"}), flush=True)
    counter = FlopCounterMode(display=False)
    for k, _ in enumerate(sys.stdin):
        started = time.perf_counter()
        with nullcontext() if k else counter:
            step = take_step(problem, step, step.index + 1)
        seconds, flops = time.perf_counter() - started, counter.get_total_flops()
        print(json.dumps({"seconds": seconds, "loss": step.beams[0].objective, "flops": flops}), flush=True)


def settings(seed: int, steps: int) -> dict:
    """Of our side: nothing but the language model's loss on the target."""
    return {
        "source": "smollm2",
        "target": "none",
        "method": "gcg",
        "guidance": "lm",
        "seed": seed,
        "steps": steps,
        "lm_loss": "cross_entropy",
        "lm_text": TARGET,
        "prefix": BEFORE,
        "lm_weight": 1.0,
        "examples": "",
        "beams": 1,
        "candidates": WIDTH,
        "top_k": TOP_K,
        "length": LENGTH,
    }


def told_of(seed: int, steps: int) -> dict:
    """What nanoGCG is told of a start: its random words, what stands before them, tokens to leave out, checkpoint."""
    from fuse_core.library import Library
    from fuse_core.search.config import CaptionConfig
    from fuse_core.search.methods.registry import start_step
    from fuse_core.search.problem import caption_problem

    problem = caption_problem(library := Library(), CaptionConfig(**settings(seed, steps)), None)
    model = problem.objective.language.model
    start_id = getattr(model, "start_id", None)
    first = "" if start_id is None else model.tokenizer.token_texts[start_id]
    checkpoint = next((library.store.root / "models").glob("smollm2-*"))
    return {
        "start": start_step(problem).beams[0].text,
        "before": first + BEFORE,
        "not_allowed": (~problem.vocabulary.allowed).nonzero()[:, 0].tolist(),
        "checkpoint": str(checkpoint),
    }


@dataclass(frozen=True)
class Played:
    """All steps of all starts under one policy, by name.

    Attributes
    ----------
    seconds : dict
        Of every step.
    losses : dict
        Of every start, after as many steps as nanoGCG's.
    flops : dict
        Of the first step of every start.
    in_time : dict
        Losses of ours of every start, after as many seconds as nanoGCG's.
    """

    seconds: dict[str, list[float]]
    losses: dict[str, list[float]]
    flops: dict[str, list[float]]
    in_time: dict[str, list[float]]

    def row(self, name: str) -> dict[str, object]:
        """One way of ours against nanoGCG: a ratio of medians, and losses paired by start."""
        theirs = self.losses[RIVALS_NAME]
        time, work = (median(of[name]) / median(of[RIVALS_NAME]) for of in (self.seconds, self.flops))
        return {
            "time / nanoGCG's": f"{time:.2f}",
            "flops / nanoGCG's": f"{work:.2f}",
            "starts": len(theirs),
            "nanoGCG's loss": f"{fmean(theirs):.3f}",
            "ours less it, as many steps": _difference(self.losses[name], theirs),
            "ours less it, as much time": _difference(self.in_time[name], theirs),
        }


def _difference(ours: Sequence[float], theirs: Sequence[float]) -> str:
    mean, low, high = paired_difference(ours, theirs).difference
    return f"{mean:+.3f}" + (f" ({low:+.2f} to {high:+.2f})" if len(ours) > 1 else "")


def play(python: str, policy: str, steps: int, starts: int, threads: int, ways: Sequence[str]) -> Played:
    """Every start in turn, and in each every step of all players in turn."""
    found = Played({}, {}, {}, {})
    for seed in range(starts):
        rival = told_of(seed, steps)
        told = {"start": rival["start"], "threads": threads, "steps": steps, "seed": seed}
        width = {"num_steps": steps, "search_width": WIDTH, "topk": TOP_K, "buffer_size": 1, "seed": seed}
        players = {
            RIVALS_NAME: Player([python, str(RIVAL)], policy, {**rival, **told, "target": TARGET, "settings": width})
        }
        mine = [sys.executable, "-m", "benchmarks.gcg", "--play"]
        players |= {name: Player(mine, policy, {**told, "settings": OURS[name]}) for name in ways}
        try:
            taken = [{name: player.step() for name, player in players.items()} for _ in range(steps)]
            for name in players:
                found.seconds.setdefault(name, []).extend(turn[name]["seconds"] for turn in taken)
                found.losses.setdefault(name, []).append(taken[-1][name]["loss"])
                found.flops.setdefault(name, []).append(taken[0][name]["flops"])
            theirs = sum(turn[RIVALS_NAME]["seconds"] for turn in taken)
            for name in ways:
                loss = go_on(players[name], [turn[name] for turn in taken], theirs)
                found.in_time.setdefault(name, []).append(loss)
                print(f"start {seed}, {name}: {found.row(name)}", file=sys.stderr, flush=True)
        finally:
            for player in players.values():
                player.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", metavar="PATH", help="of the environment that has nanoGCG")
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="(%(default)s)")
    parser.add_argument("--starts", type=int, default=STARTS, metavar="N", help="start prompts (%(default)s)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), metavar="N", help="(%(default)s)")
    parser.add_argument("--policies", nargs="+", default=["PASSIVE", "ACTIVE"], choices=("PASSIVE", "ACTIVE"))
    parser.add_argument("--ways", nargs="+", default=PLAYED, choices=list(OURS), help="of ours (%(default)s)")
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        return play_ours()
    from benchmarks.report import Report, published

    if options.python is None:
        parser.error("--python is needed: make bench-gcg gives it")
    rows = []
    for k, policy in enumerate(options.policies):
        starts = 1 if k else options.starts
        played = play(options.python, policy, options.steps, starts, options.threads, options.ways)
        rows += [{"waiting": policy, "ours": name, **played.row(name)} for name in options.ways]
    about = (
        "Medians over all steps, which took turns: below 1 ours is faster; flops are those of the first step's "
        "products, whatever else the machine does. Losses are the lowest so far, nats a token, float32: nanoGCG's "
        f"after {options.steps} steps, ours after as many and after as many seconds. Differences are paired by start, "
        "below 0 where ours is lower, with the 95 % interval of their bootstrap over starts."
    )
    published(Report("gcg", "A step of GCG against nanoGCG 0.3.0", about, rows))
    return None


if __name__ == "__main__":
    main()
