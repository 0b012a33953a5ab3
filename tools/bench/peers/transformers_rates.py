#!/usr/bin/env python3
"""Prefill and single-stream decode of Hugging Face transformers on the CPU, as pairs.py wants them.

Needs torch and transformers. Prints {"prefill": tokens/s, "decode1": tokens/s}.
"""
import argparse
import json
import time

import torch
from transformers import AutoModelForCausalLM


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", required=True)
    a.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float32"])
    a.add_argument("--threads", type=int, required=True)
    a.add_argument("--prompt", type=int, default=512, help="tokens of the prefill")
    a.add_argument("--context", type=int, default=64, help="tokens before the decode steps")
    a.add_argument("--steps", type=int, default=32, help="decode steps")
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(o.model, dtype=getattr(torch, o.dtype)).eval()
    vocabulary = model.config.vocab_size
    with torch.inference_mode():
        model(torch.randint(vocabulary, (1, o.context)), use_cache=True)  # first use of each kernel
        prompt = torch.randint(vocabulary, (1, o.prompt))
        start = time.perf_counter()
        model(prompt, use_cache=True, logits_to_keep=1)
        prefill = o.prompt / (time.perf_counter() - start)
        result = model(torch.randint(vocabulary, (1, o.context)), use_cache=True, logits_to_keep=1)
        start = time.perf_counter()
        for _ in range(o.steps):
            token = result.logits[:, -1:].argmax(-1)
            result = model(token, past_key_values=result.past_key_values, use_cache=True)
        decode = o.steps / (time.perf_counter() - start)
    print(json.dumps({"prefill": prefill, "decode1": decode}))


if __name__ == "__main__":
    main()
