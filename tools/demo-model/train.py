"""Trains the tokenizer and the demo model, and writes a Hugging Face model folder.

    python train.py --out build --minutes 50 [--init build] [--seed 7]

The schedule follows the wall clock: warm-up, then a cosine that ends when the minutes are over. The
folder is written every few minutes, so a usable model exists early; its training.log is the record.
"""

import argparse
import math
import os
import random
import time

import torch
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from safetensors.torch import load_file

import corpus
from export import write_model, write_tokenizer
from llama import CONFIG, Llama
from tokens import encode_chat, encode_text, load_tokenizer, train_tokenizer

POOL = 8000           # documents generated and cut into batches at a time
LENGTHS = [32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]
BATCH_TOKENS = 2048   # padded tokens of one optimizer step
PEAK_LR = 3e-3
WARMUP = 0.02         # share of the time
FLOOR = 0.02          # last learning rate as a share of the peak
EVAL_EVERY = 120      # seconds
SAVE_EVERY = 240      # seconds


def encode(tok, document):
    return encode_text(tok, document) if isinstance(document, str) else encode_chat(tok, document)


def batches(rows, rng, carry):
    """Full batches (length, rows) of the fixed shapes in LENGTHS, in random order.

    carry[length] keeps what does not fill a batch yet. Few shapes matter: the CPU library builds
    and caches a kernel for each one.
    """
    full = []
    for row in rows:
        length = next(n for n in LENGTHS if n >= len(row[0]))
        waiting = carry.setdefault(length, [])
        waiting.append(row)
        if len(waiting) == BATCH_TOKENS // length:
            full.append((length, waiting))
            carry[length] = []
    rng.shuffle(full)
    return full


def tensors(length, group):
    """ids [rows, length], labels [rows, length] with -100 where no loss is taken."""
    ids = torch.zeros(len(group), length, dtype=torch.long)
    labels = torch.full((len(group), length), -100)
    for i, (row, target) in enumerate(group):
        ids[i, :len(row)] = torch.tensor(row)
        label = torch.where(torch.tensor(target), torch.tensor(row), -100)
        labels[i, :len(row) - 1] = label[1:]
    return ids, labels


def loss_of(model, ids, labels):
    """Mean cross entropy; the head runs only at labels, their number rounded up to 256s."""
    labels = labels.flatten()
    places = torch.nonzero(labels != -100).flatten()
    places = F.pad(places, (0, -len(places) % 256))
    wanted = labels[places]
    wanted[(labels != -100).sum():] = -100
    with torch.autocast("cpu", torch.bfloat16):
        states = model.hidden(ids).flatten(0, 1)[places]
        logits = F.linear(states, model.model.embed_tokens.weight)
    return F.cross_entropy(logits.float(), wanted)


def validation_rows(tok, count=600):
    """Single held-out questions: wordings that training never shows."""
    rng = random.Random(4242)
    rows = []
    while len(rows) < count:
        messages, turn = corpus.held_conversation(rng)
        if turn.topic in corpus.NOT_HELD or len(turn.accept) > 1:
            continue
        rows.append(encode_chat(tok, messages + [{"role": "assistant", "content": turn.accept[0]}]))
    return rows


def validate(model, rows):
    total, number = 0.0, 0
    with torch.no_grad():
        carry = {}
        full = batches(rows, random.Random(1), carry)
        for length, group in full + [(n, g) for n, g in carry.items() if g]:
            ids, labels = tensors(length, group)
            n = int((labels != -100).sum())
            total += float(loss_of(model, ids, labels)) * n
            number += n
    return total / number


def learning_rate(progress):
    if progress < WARMUP:
        return PEAK_LR * max(progress / WARMUP, 0.01)
    cosine = 0.5 * (1 + math.cos(math.pi * (progress - WARMUP) / (1 - WARMUP)))
    return PEAK_LR * (FLOOR + (1 - FLOOR) * cosine)


def optimizer_for(model):
    matrices = [p for p in model.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim < 2]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": 0.05},
                              {"params": vectors, "weight_decay": 0.0}],
                             lr=PEAK_LR, betas=(0.9, 0.95), eps=1e-8, fused=True)


class Log:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")

    def __call__(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")
        self.file.flush()


def train(args):
    os.makedirs(args.out, exist_ok=True)
    log = Log(os.path.join(args.out, "training.log"))
    torch.manual_seed(args.seed)
    if args.init:
        tok = load_tokenizer(args.init)
    else:
        tok = train_tokenizer(corpus.documents(args.seed + 1, 40000), args.vocab)
    write_tokenizer(args.out, tok)
    config = dict(CONFIG, vocab_size=tok.get_vocab_size())
    model = Llama(config)
    if args.init:
        model.load_state_dict({k: v.float() for k, v in
                               load_file(os.path.join(args.init, "model.safetensors")).items()})
    log(f"parameters {sum(p.numel() for p in model.parameters())} config {config}")
    log(f"seed {args.seed} minutes {args.minutes} workers {args.workers} torch {torch.__version__} "
        f"peak_lr {args.lr} batch_tokens {BATCH_TOKENS} "
        f"init {'weights' if args.init else 'random'}")
    log("columns: steps seconds lr train_loss val_loss tokens_per_second tokens_seen")
    model.share_memory()
    steps, tokens = torch.zeros(2, args.workers, dtype=torch.long).share_memory_()
    start = time.time()
    others = [multiprocessing.get_context("spawn").Process(
        target=work, args=(rank, args, model, config, steps, tokens, start))
        for rank in range(1, args.workers)]
    for process in others:
        process.start()
    work(0, args, model, config, steps, tokens, start)
    for process in others:
        process.join()
    write_model(args.out, model, config)
    log(f"end: steps {int(steps.sum())} seconds {time.time() - start:.0f} "
        f"tokens {int(tokens.sum())} val_loss {validate(model, validation_rows(tok)):.4f}")


def work(rank, args, model, config, steps, tokens, start):
    """One process of the training; process 0 logs and saves.

    All of them read and update the same shared weights without waiting for each other, each with
    its own text, gradients and optimizer state. On a busy machine, threads that wait for each other
    would stand still most of the time.
    """
    torch.set_num_threads(1)
    tok = load_tokenizer(args.out)
    rows, optimizer = validation_rows(tok), optimizer_for(model)
    log = Log(os.path.join(args.out, "training.log"))
    budget, carry, losses, pool = args.minutes * 60, {}, [], rank
    saved = marked = time.time()
    marked_tokens = 0
    while time.time() - start < budget:
        seed = args.seed * 1000 + pool
        pool += args.workers
        encoded = [encode(tok, d) for d in corpus.documents(seed + 500, POOL)]
        for length, group in batches(encoded, random.Random(seed), carry):
            now = time.time()
            if now - start >= budget:
                return
            rate = learning_rate((now - start) / budget) * args.lr / PEAK_LR
            losses.append(update(model, optimizer, rate, length, group))
            steps[rank] += 1
            tokens[rank] += sum(len(row) for row, _ in group)
            if rank == 0 and now - marked > EVAL_EVERY:
                seen = int(tokens.sum())
                mean, speed = sum(losses) / len(losses), (seen - marked_tokens) / (now - marked)
                log(f"{int(steps.sum())} {now - start:.0f} {rate:.2e} {mean:.4f} "
                    f"{validate(model, rows):.4f} {speed:.0f} {seen}")
                losses, marked, marked_tokens = [], time.time(), seen
            if rank == 0 and now - saved > SAVE_EVERY:
                write_model(args.out, model, config)
                saved = now


def update(model, optimizer, rate, length, group):
    for g in optimizer.param_groups:
        g["lr"] = rate
    loss = loss_of(model, *tensors(length, group))
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="build")
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--vocab", type=int, default=3072)
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--lr", type=float, default=PEAK_LR)
    parser.add_argument("--init", help="folder with a tokenizer and weights to go on from")
    train(parser.parse_args())
