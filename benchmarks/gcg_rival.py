"""nanoGCG's steps, timed one by one, in an environment of its own. Told and asked in JSON lines by ``benchmarks.gcg``.

First line: checkpoint folder, text before the prompt, start prompt, target text, tokens that may not be used, and
nanoGCG's settings. Then each ``step`` line is answered with the seconds of a step, its loss, and the floating-point
operations of the first. Imports nothing of this project, whose pins conflict.
"""

import json
import sys
import threading
import time
from contextlib import nullcontext


def main() -> None:
    given = json.loads(sys.stdin.readline())
    import nanogcg.gcg as nano  # type: ignore[import-not-found]
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    torch.set_num_threads(given["threads"])
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=given["checkpoint"] + "/tokenizer.json")
    tokenizer.chat_template = "{{ messages[0]['content'] }}"  # the text itself, as ours reads it
    shape = AutoConfig.from_pretrained(given["checkpoint"])
    # Written by a later transformers, whose name for the base of the rotary positions this one does not know.
    shape.rope_theta = shape.rope_parameters["rope_theta"]
    read = {"config": shape, "torch_dtype": torch.float32}
    model = AutoModelForCausalLM.from_pretrained(given["checkpoint"], **read).eval()
    model.requires_grad_(False)
    config = nano.GCGConfig(optim_str_init=given["start"], verbosity="ERROR", **given["settings"])
    turn, taken = threading.Semaphore(0), threading.Semaphore(0)
    counter = FlopCounterMode(display=False)

    def turns(steps):  # in place of its progress bar, so that a step waits until it is asked for
        for k, step in enumerate(steps):
            turn.acquire()
            with nullcontext() if k else counter:
                yield step
            taken.release()

    nano.tqdm = turns
    search = nano.GCG(model, tokenizer, config)
    search.not_allowed_ids = torch.tensor(given["not_allowed"])
    buffers = []
    made = search.init_buffer
    search.init_buffer = lambda: buffers.append(made()) or buffers[-1]
    threading.Thread(target=search.run, args=(given["before"] + "{optim_str}", given["target"]), daemon=True).start()
    out = sys.__stdout__
    print(json.dumps({"ready": nano.__name__, "torch": torch.__version__}), file=out, flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        turn.release()
        taken.acquire()
        answer = {"seconds": time.perf_counter() - started, "loss": float(buffers[0].get_lowest_loss())}
        answer["flops"] = counter.get_total_flops()
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
