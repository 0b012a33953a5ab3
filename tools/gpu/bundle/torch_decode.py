#!/usr/bin/env python3
"""Times decode and prefill of a model in transformers with a static cache, plain and compiled.

  torch_decode.py MODEL_DIR OUT.json [OURS.json]

Batches and lengths are those of ./run. Prints a line per case, with the time of ours and how many
times as long torch takes where OURS.json has the case, and writes them as JSON. TORCH_DEVICE is
cuda unless it says otherwise, TORCH_MODES "eager compile".
"""
import json
import os
import sys
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM, StaticCache

CONTEXT = int(os.environ.get("CONTEXTS", "512").split(",")[0])
BATCHES = [int(b) for b in os.environ.get("BATCHES", "1,2,4,8,16,32,64,128,256").split(",")]
PREFILLS = [int(n) for n in os.environ.get("PREFILLS", "512,2048").split(",")]
DEVICE = os.environ.get("TORCH_DEVICE", "cuda")
MODES = os.environ.get("TORCH_MODES", "eager compile").split()
STEPS = 16


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def seconds(step, repeats):
    # Compiling and recording happen in the first calls.
    for _ in range(3):
        step()
    wait()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        wait()
        best = min(best, time.perf_counter() - start)
    return best


def times_of(path):
    """Milliseconds of ours by kind and size; none without the file."""
    if not path or not os.path.exists(path):
        return {}
    with open(path) as f:
        figures = json.load(f)
    ours = {("prefill", row["tokens"]): row["seconds"] * 1e3 for row in figures["prefill"]}
    ours.update({("decode", row["batch"]): row["stepMillis"] for row in figures["decode"]
                 if row["context"] == CONTEXT})
    return ours


class Report:
    def __init__(self, ours):
        self.ours = ours
        self.rows = []

    def add(self, kind, size, mode, best):
        row = {"kind": kind, "size": size, "mode": mode, "ms": round(best * 1e3, 3)}
        ours = self.ours.get((kind, size))
        if ours is not None:
            row.update(gatun_ms=round(ours, 3), torch_over_gatun=round(best * 1e3 / ours, 2))
        self.rows.append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)


def main(folder, out, ours=None):
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16)
    model = model.to(DEVICE).eval()
    forwards = {"eager": model.forward}
    if "compile" in MODES:
        forwards["compile"] = torch.compile(model.forward, mode="reduce-overhead", fullgraph=True)
    report = Report(times_of(ours))

    with torch.inference_mode():
        for tokens in PREFILLS:
            ids = torch.randint(0, config.vocab_size, (1, tokens), device=DEVICE)
            best = seconds(lambda: model(ids, use_cache=False, logits_to_keep=1), 3)
            report.add("prefill", tokens, "eager", best)
        for batch in BATCHES:
            ids = torch.randint(0, config.vocab_size, (batch, 1), device=DEVICE)
            for mode in MODES:
                cache = StaticCache(config=config, max_batch_size=batch,
                                    max_cache_len=CONTEXT + STEPS, device=DEVICE,
                                    dtype=torch.bfloat16)
                position = torch.tensor([CONTEXT], device=DEVICE)
                best = seconds(lambda: forwards[mode](ids, past_key_values=cache,
                                                      cache_position=position, use_cache=True),
                               STEPS)
                report.add("decode", batch, mode, best)
                del cache
    with open(out, "w") as f:
        json.dump(report.rows, f, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
