"""Computes demo-model/goldens.json ("tiny-golden/1") with Hugging Face transformers.

    python goldens.py --model ../../demo-model

The stored bfloat16 weights are read back and computed in float32, eager attention, no KV cache: a
full forward pass for every generated token. It also checks that the tokenizer gives back what it
was given.
"""

import argparse
import base64
import json
import os

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW_TOKENS = 48
PROMPTS = [
    ("chat-hello", [{"role": "user", "content": "Hello!"}]),
    ("chat-capital", [{"role": "user", "content": "What is the capital of France?"}]),
    ("chat-gatun", [{"role": "user", "content": "What is Gatun?"}]),
    ("chat-lock", [{"role": "user", "content": "How does a lock work?"}]),
    ("chat-story", [{"role": "user", "content": "Tell me a story about a lock keeper."}]),
    ("chat-system", [{"role": "system", "content": "Answer in one word."},
                     {"role": "user", "content": "What colour is grass?"}]),
    ("chat-turns", [{"role": "user", "content": "My name is Anna."},
                    {"role": "assistant", "content": "Nice to meet you, Anna!"},
                    {"role": "user", "content": "What is 7 plus 5?"},
                    {"role": "assistant", "content": "7 plus 5 is 12."},
                    {"role": "user", "content": "What is my name?"}]),
    ("plain-story", "Once upon a time there was"),
    ("plain-definition", "A lock is a chamber"),
]
ROUND_TRIPS = ["Hello, world!", "  two  spaces\nand\n\nlines\t.", "3 + 14 = 17",
               "Grüße, señor! 東京 🚢", "don't we'll I'm", "<|im_start|>user\nHi<|im_end|>\n", ""]


def short(x):
    return float(f"{float(x):.7g}")


def logits_of(model, ids):
    return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()


def greedy(model, tok, ids, last, eos):
    out, logprobs, margins, sequence = [], [], [], list(ids)
    for _ in range(NEW_TOKENS):
        two = torch.topk(last, 2)
        chosen = int(two.indices[0])
        margins.append(short(two.values[0] - two.values[1]))
        logprobs.append(short(torch.log_softmax(last, -1)[chosen]))
        out.append(chosen)
        sequence.append(chosen)
        last = logits_of(model, sequence)[-1]
    close = [i for i, margin in enumerate(margins) if margin < 1e-3]
    ends = [i for i, token in enumerate(out) if token == eos]
    until_end = out[:ends[0]] if ends else out
    return {"ids": out, "logprobs": logprobs, "margins": margins, "min_margin": min(margins),
            "compare_until": close[0] if close else len(out),
            "first_eos_index": ends[0] if ends else None,
            "text": tok.decode(out, skip_special_tokens=True),
            "answer": tok.decode(until_end, skip_special_tokens=True)}


def golden(model, tok, name, prompt, eos):
    text = prompt if isinstance(prompt, str) else tok.apply_chat_template(
        prompt, tokenize=False, add_generation_prompt=True)
    ids = tok(text)["input_ids"]
    logits = logits_of(model, ids)
    logprobs = torch.log_softmax(logits, -1)
    n = len(ids)
    top = []
    for pos in sorted({0, n // 2, max(0, n - 2), n - 1}):
        best = torch.topk(logits[pos], 20)
        top.append({"pos": pos, "ids": best.indices.tolist(),
                    "logits": [short(v) for v in best.values]})
    last = logits[-1].numpy().astype("<f4")
    result = {"id": name}
    if not isinstance(prompt, str):
        result["messages"] = prompt
    result.update({
        "text": text, "ids": ids, "length": n, "logit_abs_max": short(logits.abs().max()),
        "top": top,
        "full_logits": {"pos": n - 1, "shape": [len(last)], "dtype": "float32-le",
                        "base64": base64.b64encode(last.tobytes()).decode()},
        "prompt_logprobs": [None] + [short(logprobs[i - 1, ids[i]]) for i in range(1, n)],
        "greedy": greedy(model, tok, ids, logits[-1], eos)})
    return result


def check_tokenizer(tok):
    for text in ROUND_TRIPS:
        back = tok.decode(tok(text)["input_ids"], skip_special_tokens=False)
        if back != text:
            raise SystemExit(f"round trip failed: {text!r} came back as {back!r}")
    messages = PROMPTS[6][1]
    pieces = tok.apply_chat_template(messages, tokenize=True, add_generation_prompt=True)
    pieces = pieces["input_ids"] if hasattr(pieces, "keys") else pieces
    whole = tok(tok.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
    if list(pieces) != whole["input_ids"]:
        raise SystemExit("apply_chat_template and encode disagree")


@torch.no_grad()
def main(folder):
    torch.set_num_threads(1)
    tok = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32,
                                                 attn_implementation="eager").eval()
    check_tokenizer(tok)
    eos = model.config.eos_token_id
    result = {
        "format": "tiny-golden/1", "model": "demo-model", "task": "causal-lm",
        "covers": "the bundled demo model: chat template, tokenizer, trained bfloat16 weights",
        "seed": 7, "storage_dtype": "bfloat16", "eos_token_ids": [eos], "compute_dtype": "float32",
        "attention": "eager", "kv_cache": False, "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__,
        "tolerance": {"logits_abs": 1e-3, "logits_rel_to_abs_max": 1e-3, "logprob_abs": 2e-3,
                      "greedy_margin": 1e-3},
        "prompts": [golden(model, tok, name, prompt, eos) for name, prompt in PROMPTS]}
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    with open(os.path.join(folder, "goldens.json"), "w", encoding="utf-8") as f:
        f.write(text.replace('{"id":"', '\n{"id":"') + "\n")
    for prompt in result["prompts"]:
        print(prompt["id"], prompt["greedy"]["compare_until"], repr(prompt["greedy"]["answer"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="../../demo-model")
    main(parser.parse_args().model)
