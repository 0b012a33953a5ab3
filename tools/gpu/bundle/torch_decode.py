#!/usr/bin/env python3
"""Times decode and prefill of a model in transformers with a static cache, plain and compiled.

  torch_decode.py MODEL_DIR OUT.json

Batches and lengths are those of ./run. Prints a line per case and writes them as JSON.
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
STEPS = 16


def seconds(step, repeats):
    step()
    torch.cuda.synchronize()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best


def main(folder, out):
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16).cuda().eval()
    compiled = torch.compile(model.forward, mode="reduce-overhead", fullgraph=True)
    rows = []

    def report(**row):
        rows.append(row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)

    with torch.inference_mode():
        for tokens in PREFILLS:
            ids = torch.randint(0, config.vocab_size, (1, tokens), device="cuda")
            best = seconds(lambda: model(ids, use_cache=False, logits_to_keep=1), 3)
            report(kind="prefill", tokens=tokens, mode="eager", ms=round(best * 1e3, 3))
        for batch in BATCHES:
            ids = torch.randint(0, config.vocab_size, (batch, 1), device="cuda")
            for mode, forward in (("eager", model.forward), ("compile", compiled)):
                cache = StaticCache(config=config, max_batch_size=batch,
                                    max_cache_len=CONTEXT + STEPS, device="cuda",
                                    dtype=torch.bfloat16)
                position = torch.tensor([CONTEXT], device="cuda")
                best = seconds(lambda: forward(ids, past_key_values=cache,
                                               cache_position=position, use_cache=True), STEPS)
                report(kind="decode", batch=batch, context=CONTEXT, mode=mode,
                       ms=round(best * 1e3, 3))
                del cache
    with open(out, "w") as f:
        json.dump(rows, f, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
