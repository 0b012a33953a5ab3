#!/usr/bin/env python3
"""Shows what a server does with ten times the load that it can serve.

Starts `gatun serve` on a model, measures its capacity with a closed loop, then offers a multiple of
it with an open loop for a bounded time, and prints goodput / capacity, the latency of refusals and
the server's memory before and after. The load comes from a process of its own over loopback. Needs
only the standard library; see README.md.
"""
import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time

clock = time.perf_counter
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
WORDS = "the dog saw a red ball near old house and then small cat ran over green hill".split()


# ---------------------------------------------------------------- load, in the second process

def body(o, rng):
    prompt = " ".join(rng.choice(WORDS) for _ in range(o.prompt_words))
    fields = {"model": o.model, "prompt": prompt, "max_tokens": o.output_len, "temperature": 0,
              "ignore_eos": True, "stream": True}
    data = json.dumps(fields).encode()
    head = (f"POST /v1/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(data)}\r\n\r\n")
    return head.encode() + data


class Connections:
    """Kept-alive HTTP/1.1 connections, so that the client's CPU goes to requests."""

    def __init__(self, port):
        self.port = port
        self.idle = []

    async def take(self):
        while self.idle:
            reader, writer = self.idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    def give(self, connection):
        self.idle.append(connection)


async def one(connections, request):
    """(status, seconds from send to the status line, retry-after, whether the stream was whole)"""
    reader, writer = await connections.take()
    start = clock()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    answered = clock() - start
    status = int(head[9:12])
    text = head.decode().lower()
    retry = re.search(r"retry-after: (\d+)", text)
    length = re.search(r"content-length: (\d+)", text)
    whole = True
    if length:
        await reader.readexactly(int(length.group(1)))
    else:
        # Chunks end in an empty one; data lines never hold the pattern.
        await reader.readuntil(b"\r\n0\r\n\r\n")
    connections.give((reader, writer))
    return status, answered, int(retry.group(1)) if retry else None, whole


async def closed_loop(o):
    connections, rng = Connections(o.port), random.Random(o.seed)
    done, end = 0, clock() + o.seconds

    async def client():
        nonlocal done
        while clock() < end:
            status, _, _, _ = await one(connections, body(o, rng))
            if status != 200:
                raise RuntimeError(f"status {status} in the closed loop")
            if clock() < end:
                done += 1

    await asyncio.gather(*(client() for _ in range(o.concurrency)))
    return {"per_second": done / o.seconds}


async def open_loop(o):
    connections, rng = Connections(o.port), random.Random(o.seed)
    served, refused, retries, failures, late = [], [], [], {}, []
    tasks = set()

    async def request():
        try:
            status, answered, retry, _ = await one(connections, body(o, rng))
        except (OSError, asyncio.IncompleteReadError) as e:
            status, answered, retry = type(e).__name__, 0, None
        if status == 200:
            served.append(clock())
        elif status == 503:
            refused.append(answered)
            retries.append(retry)
        else:
            failures[str(status)] = failures.get(str(status), 0) + 1

    begin = at = clock()
    cpu = time.process_time()
    while at < begin + o.seconds:
        delay = at - clock()
        if delay > 0:
            await asyncio.sleep(delay)
        else:
            late.append(-delay)
        task = asyncio.create_task(request())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        at += rng.expovariate(o.rate)
    end = clock()
    cpu = time.process_time() - cpu
    await asyncio.gather(*tasks)
    # The queue fills first: goodput counts from then on.
    warm = begin + o.warm_seconds
    good = sum(1 for t in served if warm <= t < end)
    offered = len(served) + len(refused) + sum(failures.values())
    return {"offered_per_second": offered / (end - begin), "goodput": good / (end - warm),
            "served": len(served), "refused": len(refused), "failures": failures,
            "refusal_ms": spread(refused), "retry_after": [r for r in sorted(set(retries), key=str)],
            "generator_cpu": cpu / (end - begin), "generator_late_p99_ms": spread(late)["p99"]}


def spread(seconds):
    ms = sorted(1e3 * s for s in seconds) or [0.0]
    at = lambda q: ms[min(len(ms) - 1, int(q * len(ms)))]
    return {"p50": at(.5), "p90": at(.9), "p99": at(.99), "max": ms[-1]}


def generate(o):
    loop = closed_loop if o.phase == "closed" else open_loop
    print(json.dumps(asyncio.run(loop(o))))


# ---------------------------------------------------------------- server, and the course of it

def start_server(o):
    command = [o.gatun, "serve", o.model_dir, "--host", "127.0.0.1", "--port", "0",
               "--served-model-name", o.model, "--max-num-seqs", str(o.concurrency),
               "--max-num-queued-reqs", str(2 * o.concurrency), *o.server_args]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout:
        ready = re.search(r"\bready\b.*\bport=(\d+)", line)
        if ready:
            return server, int(ready.group(1))
    raise SystemExit("the server did not start")


def status_kib(pid, key):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(key + ":"))


def load(o, port, phase, seconds, **more):
    command = [sys.executable, os.path.abspath(__file__), "--phase", phase, "--port", str(port),
               "--seconds", str(seconds), "--model", o.model, "--output-len", str(o.output_len),
               "--prompt-words", str(o.prompt_words), "--concurrency", str(o.concurrency)]
    for key, value in more.items():
        command += ["--" + key.replace("_", "-"), str(value)]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=seconds + 120)
    if out.returncode:
        raise SystemExit(f"the {phase} loop failed")
    return json.loads(out.stdout)


def run(o):
    server, port = start_server(o)
    rows = []
    try:
        load(o, port, "closed", o.seconds, seed=1)  # compiles what is hot
        for i in range(o.repeats):
            capacity = load(o, port, "closed", o.seconds, seed=10 + i)["per_second"]
            before = status_kib(server.pid, "VmRSS")
            row = load(o, port, "open", o.seconds, seed=20 + i, rate=o.factor * capacity,
                       warm_seconds=o.seconds / 5)
            after = status_kib(server.pid, "VmRSS")
            # Again, as other work on the machine comes and goes.
            capacity = (capacity + load(o, port, "closed", o.seconds, seed=30 + i)["per_second"]) / 2
            row |= {"capacity": capacity, "ratio": row["goodput"] / capacity,
                    "factor": row["offered_per_second"] / capacity, "rss_mib": [before >> 10, after >> 10]}
            rows.append(row)
            print(json.dumps(row), flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
    median = lambda get: statistics.median(map(get, rows))
    print(f"capacity            {median(lambda r: r['capacity']):.1f} requests/s")
    print(f"offered / capacity  {median(lambda r: r['factor']):.1f}")
    print(f"goodput / capacity  {median(lambda r: r['ratio']):.3f}")
    print(f"refusal p50 / p99   {median(lambda r: r['refusal_ms']['p50']):.2f} / "
          f"{median(lambda r: r['refusal_ms']['p99']):.2f} ms")
    print(f"RSS first / last    {rows[0]['rss_mib'][0]} / {rows[-1]['rss_mib'][1]} MiB")
    print(f"generator           {median(lambda r: r['generator_cpu']):.2f} cores, sends late by "
          f"{median(lambda r: r['generator_late_p99_ms']):.1f} ms (p99)")


def options():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--gatun", default=os.path.join(ROOT, "bin", "gatun"))
    a.add_argument("--model-dir", default=os.path.join(ROOT, "demo-model"))
    a.add_argument("--model", default="demo")
    a.add_argument("--concurrency", type=int, default=16, help="max-num-seqs, and clients of the closed loop")
    a.add_argument("--factor", type=float, default=10)
    a.add_argument("--seconds", type=float, default=20, help="length of each measurement")
    a.add_argument("--repeats", type=int, default=3)
    a.add_argument("--prompt-words", type=int, default=100)
    a.add_argument("--output-len", type=int, default=64)
    for name, kind in (("--phase", str), ("--port", int), ("--seed", int), ("--rate", float), ("--warm-seconds", float)):
        a.add_argument(name, type=kind, help=argparse.SUPPRESS)
    a.add_argument("server_args", nargs="*", help="further arguments of the server, after --")
    return a.parse_args()


if __name__ == "__main__":
    parsed = options()
    generate(parsed) if parsed.phase else run(parsed)
