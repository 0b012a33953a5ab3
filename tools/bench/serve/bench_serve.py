#!/usr/bin/env python3
"""Gatun's server under load, alone or beside any OpenAI-compatible peer.

Both run at the same time and are driven in turns by loadgen.py, each pair in the other order and
with fresh prompts: closed loops of some numbers of clients, then an open loop at a share of what
the largest closed loop gave. Prints medians and the medians of the pairs' ratios Gatun / peer.
Needs aiohttp; see README.md.
"""
import argparse
import contextlib
import importlib.util
import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile

from servers import Server

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
COLUMNS = [("output tokens/s", lambda r: r["output_throughput"]),
           ("TTFT mean ms", lambda r: r["ttft_ms"]["mean"]),
           ("TTFT p50 ms", lambda r: r["ttft_ms"]["p50"]),
           ("ITL p50 ms", lambda r: r["itl_ms"]["p50"]),
           ("ITL max ms", lambda r: r["itl_ms"]["max"])]


def progress(text):
    print("...", text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- the two sides

def gatun(o):
    command = [o.gatun, "serve", o.model, "--host", "127.0.0.1", "--port", "{port}", "--served-model-name", "bench",
               "--quantization", o.quantization, "--max-model-len", str(o.max_model_len), *shlex.split(o.gatun_args)]
    return Server("gatun", command, "/v2/health/ready", o.start_timeout)


def peer(o, concurrency):
    fill = {"{concurrency}": str(concurrency), "{context}": str(concurrency * o.max_model_len)}
    command = shlex.split(o.peer)
    for key, value in fill.items():
        command = [part.replace(key, value) for part in command]
    return Server("peer", command, o.peer_ready, o.start_timeout)


def start(o, stack, concurrency):
    """The sides by name, ready."""
    sides = {"gatun": gatun(o)}
    if o.peer:
        sides["peer"] = peer(o, concurrency)
    for name, server in sides.items():
        progress(f"starting {name}")
        stack.enter_context(server)
    return sides


def measure_starts(o):
    """Seconds from process start to ready; the first round only warms the page cache."""
    seconds = {"gatun": [], "peer": []}
    for index in range(o.starts + 1 if o.starts else 0):
        for name in seconds if o.peer else ["gatun"]:
            progress(f"start {index} of {name}")
            with gatun(o) if name == "gatun" else peer(o, max(o.concurrency, default=1)) as server:
                if index:
                    seconds[name].append({"seconds": server.start_seconds} | server.memory())
    return seconds


# ---------------------------------------------------------------- load

def drive(o, server, seed, num_prompts, extra):
    """One run of the load generator, a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "load.json")
        command = [sys.executable, os.path.join(HERE, "loadgen.py"), "--url", server.url, "--model", "bench",
                   "--prompt-len", str(o.prompt_len), "--output-len", str(o.output_len), "--ignore-eos",
                   "--num-prompts", str(num_prompts), "--seed", str(seed), "--min-id", str(o.ids[0]),
                   "--max-id", str(o.ids[1]), "--json", out, *extra]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=o.run_timeout)
        except subprocess.TimeoutExpired:
            raise SystemExit(f"{server.name} did not finish {num_prompts} requests in {o.run_timeout:.0f} s "
                             f"(--run-timeout): fewer --prompts-per-client make a run shorter")
        if done.returncode:
            raise SystemExit(f"load on {server.name} failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        with open(out) as f:
            result = json.load(f)
    return result | {"memory": server.memory()}


def pairs_of(o, sides, label, run):
    """run(server, seed) in turns over the sides; the results by side."""
    results = {name: [] for name in sides}
    for index in range(o.pairs):
        for name in sorted(sides, reverse=index % 2 == 1):
            # Prompts that neither side has seen, so that no prefix cache answers.
            result = run(sides[name], next(o.seeds))
            results[name].append(result)
            progress(f"{label}, pair {index + 1}, {name}: {result['output_throughput']:.1f} tokens/s, "
                     f"TTFT {result['ttft_ms']['mean']:.0f} ms, ITL max {result['itl_ms']['max']:.0f} ms")
    return results


def closed_loop(o, sides, concurrency):
    num_prompts = max(3, concurrency * o.prompts_per_client)
    extra = ["--concurrency", str(concurrency)]
    for server in sides.values():
        drive(o, server, next(o.seeds), 2, ["--concurrency", "2"])  # compiles what is hot
    return pairs_of(o, sides, f"C={concurrency}", lambda s, seed: drive(o, s, seed, num_prompts, extra))


def open_loop(o, sides, closed):
    """Each side at the same share of its own capacity."""
    rates = {name: o.load * statistics.median(r["request_throughput"] for r in rows)
             for name, rows in closed.items()}

    def run(server, seed):
        rate = rates[server.name]
        return drive(o, server, seed, max(4, round(rate * o.open_seconds)), ["--request-rate", f"{rate:.4f}"])

    return pairs_of(o, sides, f"open loop at {o.load:.0%}", run)


def measure(o):
    doc = {"options": {k: v for k, v in vars(o).items() if k != "seeds"}, "loads": {}, "starts": measure_starts(o)}
    for concurrency in o.concurrency:
        # Servers anew where the peer is told the number of clients, otherwise just as well.
        with contextlib.ExitStack() as stack:
            sides = start(o, stack, concurrency)
            closed = closed_loop(o, sides, concurrency)
            doc["loads"][f"C={concurrency}"] = closed
            if concurrency == max(o.concurrency) and o.load > 0:
                doc["loads"][f"open, {o.load:.0%}"] = open_loop(o, sides, closed)
    return doc


# ---------------------------------------------------------------- the table

def row(label, what, ours, theirs=()):
    line = f"{label:>10} {what:>16} {statistics.median(ours):10.2f}"
    if theirs:
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        line += f" {statistics.median(theirs):10.2f} {ratio:7.2f}"
    return line


def show(o, doc):
    print(f"{os.path.basename(o.model)} --quantization {o.quantization}, {o.prompt_len} in / {o.output_len} out, "
          f"{o.pairs} pairs" + (f", against {o.peer}" if o.peer else ""))
    print(f"{'':>10} {'':>16} {'Gatun':>10}" + (f" {'peer':>10} {'ratio':>7}" if o.peer else ""))
    starts = doc["starts"]
    if starts["gatun"]:
        print(row("start", "ready s", *([r["seconds"] for r in starts[name]] for name in ("gatun", "peer"))))
        show_memory("start", starts)
    for label, sides in doc["loads"].items():
        for what, get in COLUMNS:
            print(row(label, what, *([get(r) for r in sides.get(name, [])] for name in ("gatun", "peer"))))
        show_memory(label, {name: [r["memory"] for r in rows] for name, rows in sides.items()})


def show_memory(label, sides):
    for key in ("VmHWM", "RssAnon"):
        print(row(label, key + " MB", *([m[key] / 1e6 for m in sides.get(name, [])] for name in ("gatun", "peer"))))
    beyond = [m["beyond_plan"] / 1e6 for m in sides["gatun"] if "beyond_plan" in m]
    if beyond:
        print(row(label, "beyond plan MB", beyond))


def token_ids(model):
    """Ids to draw prompts from: ordinary ones of any vocabulary."""
    path = os.path.join(model, "config.json")
    try:
        with open(path) as f:
            size = json.load(f)["vocab_size"]
    except (OSError, KeyError, ValueError) as e:
        raise SystemExit(f"{path} gives no vocab_size ({e}): name a model directory")
    return min(300, size // 4), min(4000, size // 2)


def options():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("model", nargs="?", default=os.path.join(ROOT, "demo-model"), help="model directory")
    a.add_argument("--quantization", default="auto", choices=["auto", "int8", "int4"])
    a.add_argument("--gatun", default=os.path.join(ROOT, "bin", "gatun"), help="the launcher (make build)")
    a.add_argument("--gatun-args", default="", help="further arguments of the server, as one string")
    a.add_argument("--max-model-len", type=int, default=1024)
    a.add_argument("--peer", default="", help="command of another OpenAI-compatible server, as one string; {port}, "
                   "{concurrency} and {context} (tokens of all clients) are filled in")
    a.add_argument("--peer-ready", default="/health", help="path that answers 200 once the peer is ready")
    a.add_argument("--concurrency", default="1,8,16", help="clients of the closed loops, default %(default)s; "
                   "none: starts alone")
    a.add_argument("--load", type=float, default=0.7, help="open loop's share of the capacity; 0 leaves it out")
    a.add_argument("--open-seconds", type=float, default=40, help="about how long an open loop sends")
    a.add_argument("--pairs", type=int, default=3)
    a.add_argument("--starts", type=int, default=3, help="starts that are timed; 0 leaves them out")
    a.add_argument("--prompts-per-client", type=int, default=2)
    a.add_argument("--prompt-len", type=int, default=256)
    a.add_argument("--output-len", type=int, default=128)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--start-timeout", type=float, default=180)
    a.add_argument("--run-timeout", type=float, default=240)
    a.add_argument("--json", help="writes every figure there, too")
    o = a.parse_args()
    o.model = os.path.abspath(o.model)
    o.concurrency = [] if o.concurrency == "none" else [int(c) for c in o.concurrency.split(",")]
    o.ids = token_ids(o.model)
    o.seeds = iter(range(o.seed * 1000, sys.maxsize))
    return o


def main():
    o = options()
    if importlib.util.find_spec("aiohttp") is None:
        raise SystemExit("the load generator needs aiohttp: python3 -m pip install aiohttp")
    if not os.access(o.gatun, os.X_OK):
        raise SystemExit(f"{o.gatun} is absent: make build makes it")
    if o.peer and "{port}" not in o.peer:
        raise SystemExit("--peer needs {port} where the port goes")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end, too
    doc = measure(o)
    show(o, doc)
    if o.json:
        with open(o.json, "w") as f:
            json.dump(doc, f, indent=1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the servers have been ended")
