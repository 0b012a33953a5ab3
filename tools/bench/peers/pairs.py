#!/usr/bin/env python3
"""Gatun's engine beside llama.cpp, or another peer, on the same shapes: interleaved pairs, medians, ratios.

One pair runs both, one after the other, each pair in the other order; the ratio of a pair is
Gatun / llama.cpp, and the table shows the median of the pairs' ratios. Read bandwidth, measured
before and after each run, tells a slow program from a slow minute. Standard library only; see
README.md for the programs and files it needs.
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
BENCH = os.path.join(ROOT, "tools", "build", "bench")
PROBE = os.path.join(ROOT, "native", "build", "read_probe")
MODEL_BENCH = "dev.gatun.engine.bench.model.ModelBench"
ROWS = ("prefill", "decode1", "decode16")
CONTEXT = 64
LONGEST_RUN = 300


def call(command, **more):
    """Standard output; ends the program with words if the command fails."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=LONGEST_RUN, **more)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stderr[-2000:]}")
    return done.stdout


# ---------------------------------------------------------------- the two sides

def run_gatun(o):
    """Tokens per second by row, and what a step reads."""
    batches = [row.removeprefix("decode") for row in o.rows if row.startswith("decode")]
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "gatun.json")
        command = [BENCH, MODEL_BENCH, "--quantization", o.quantization, "--threads", str(o.threads),
                   "--dtype", o.dtype, "--kv-cache-dtype", o.kv_cache_dtype,
                   "--repeats", str(o.repeats), "--seconds", "60", "--steps", str(o.steps),
                   "--prefill", str(o.prompt) if "prefill" in o.rows else "none",
                   "--batch", ",".join(batches) or "none", "--context", str(CONTEXT), "--json", out, o.model]
        call(command, env=os.environ | {"GATUN_BENCH_COMPILED": "1"})
        with open(out) as f:
            doc = json.load(f)
    result = {"subject": doc["subject"]}
    for row in doc["prefill"]:
        result["prefill"] = row["tokensPerSecond"]
    for row in doc["decode"]:
        result[f"decode{row['batch']}"] = row["tokensPerSecond"]
    return result


def run_peer(o):
    if o.peer_command:
        return json.loads(call(shlex.split(o.peer_command)).splitlines()[-1])
    return run_llama_cpp(o)


def run_llama_cpp(o):
    result = {}
    single = [r for r in ("prefill", "decode1") if r in o.rows]
    if single:
        out = call([o.llama_bench, "-m", o.gguf, "-t", str(o.threads), "-r", str(o.repeats), "-o", "json",
                    "-p", str(o.prompt) if "prefill" in o.rows else "0",
                    "-n", str(o.steps) if "decode1" in o.rows else "0"])
        for row in json.loads(out):
            result["prefill" if row["n_prompt"] else "decode1"] = statistics.median(row["samples_ts"])
    if "decode16" in o.rows:
        tokens = 16 * (CONTEXT + o.steps)
        out = call([o.llama_batched_bench, "-m", o.gguf, "-t", str(o.threads), "-c", str(tokens),
                    "-b", "2048", "-ub", "512", "-npp", str(CONTEXT), "-ntg", str(o.steps), "-npl", "16",
                    "--output-format", "jsonl"])
        rows = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        if not rows:
            raise SystemExit(f"{o.llama_batched_bench} printed no figures:\n{out[-1000:]}")
        result["decode16"] = rows[-1]["speed_tg"]
    return result


def bandwidth(o):
    return float(call([PROBE, str(o.threads)], input="\n"))


# ---------------------------------------------------------------- the course of it

def one_pair(o, index):
    sides = {"gatun": run_gatun, "peer": run_peer}
    pair = {"read_gb_s": [bandwidth(o)]}
    for name in sorted(sides, reverse=index % 2 == 1):
        pair[name] = sides[name](o)
        pair["read_gb_s"].append(bandwidth(o))
    return pair


def peer_name(o):
    if o.peer_command:
        return o.peer_command
    return f"llama.cpp's {os.path.basename(o.gguf)} ({os.path.getsize(o.gguf) / 1e6:.0f} MB)"


def table(o, pairs):
    subject = pairs[0]["gatun"]["subject"]
    reads = statistics.median(rate for pair in pairs for rate in pair["read_gb_s"])
    lines = [f"{os.path.basename(o.model)}, {o.threads} threads, {len(pairs)} pairs, read {reads:.1f} GB/s: "
             f"--quantization {o.quantization} ({subject['bitsPerWeight']:.2f} bits per weight) "
             f"against {peer_name(o)}; Gatun reads {subject['weightBytesPerStep'] / 1e6:.0f} MB per step",
             f"{'tokens/s':>12} {'Gatun':>10} {'peer':>10} {'ratio':>7}   ratios of the pairs"]
    for row in o.rows:
        ours = statistics.median(pair["gatun"][row] for pair in pairs)
        theirs = statistics.median(pair["peer"][row] for pair in pairs)
        ratios = [pair["gatun"][row] / pair["peer"][row] for pair in pairs]
        lines.append(f"{row:>12} {ours:10.1f} {theirs:10.1f} {statistics.median(ratios):7.2f}   "
                     + " ".join(f"{ratio:.2f}" for ratio in ratios))
    return "\n".join(lines)


def check_paths(o):
    """What is missing, and where it comes from, before anything runs."""
    makers = {os.path.join(o.model, "config.json"): "tools/bench/make_bench_models.py writes models",
              PROBE: "make -C native probe builds it"}
    if not o.peer_command:
        o.llama_bench = os.path.join(o.peer_bin, "llama-bench")
        o.llama_batched_bench = os.path.join(o.peer_bin, "llama-batched-bench")
        makers |= {o.llama_bench: "tools/bench/peers/build-llama-cpp builds it",
                   o.llama_batched_bench: "tools/bench/peers/build-llama-cpp builds it",
                   o.gguf: "tools/bench/make_bench_models.py writes BF16, llama-quantize the others"}
    for path, maker in makers.items():
        if not os.path.exists(path):
            raise SystemExit(f"{path} is absent: {maker}")
    unknown = set(o.rows) - set(ROWS)
    if unknown:
        raise SystemExit(f"--rows knows {', '.join(ROWS)}, not {', '.join(sorted(unknown))}")


def options():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", required=True, help="model directory, for Gatun")
    a.add_argument("--quantization", default="none", choices=["none", "int8", "int4"])
    a.add_argument("--dtype", default="float32", help="arithmetic of Gatun over bfloat16 weights")
    a.add_argument("--kv-cache-dtype", default="f32", help="of Gatun's KV cache; llama.cpp's is f16")
    a.add_argument("--gguf", default="", help="the same shape, for llama.cpp")
    a.add_argument("--peer-bin", default="", help="directory of llama-bench and llama-batched-bench")
    a.add_argument("--peer-command", help="in the place of llama.cpp: prints {\"prefill\": tokens/s, "
                   "\"decode1\": tokens/s} as its last line, see README.md; --rows prefill,decode1")
    a.add_argument("--threads", type=int, default=os.cpu_count())
    a.add_argument("--pairs", type=int, default=5)
    a.add_argument("--rows", default=",".join(ROWS), help="default %(default)s")
    a.add_argument("--prompt", type=int, default=512, help="tokens of the prefill row")
    a.add_argument("--steps", type=int, default=32, help="decode steps of a run")
    a.add_argument("--repeats", type=int, default=3, help="of a row in each run, whose median counts; a peer's "
                   "command and llama-batched-bench go once")
    a.add_argument("--json", help="writes every figure there, too")
    o = a.parse_args()
    o.model, o.gguf, o.peer_bin = (os.path.abspath(p) for p in (o.model, o.gguf, o.peer_bin))
    if not o.peer_command and not (o.gguf and o.peer_bin):
        a.error("--gguf and --peer-bin name llama.cpp's model and programs, --peer-command another peer")
    o.rows = [row for row in o.rows.split(",") if row]
    return o


def main():
    o = options()
    subprocess.run(["make", "-s", "-C", os.path.join(ROOT, "native"), "probe"], check=True)
    check_paths(o)
    call([BENCH, MODEL_BENCH, "--help"])  # compiles
    pairs = []
    for index in range(o.pairs):
        pairs.append(one_pair(o, index))
        shown = {side: {row: round(pairs[-1][side][row], 1) for row in o.rows} for side in ("gatun", "peer")}
        print(f"pair {index + 1}: {json.dumps(shown)} read GB/s {pairs[-1]['read_gb_s']}", file=sys.stderr,
              flush=True)
        if o.json:
            with open(o.json, "w") as f:
                json.dump({"options": vars(o), "pairs": pairs}, f, indent=1)
    print(table(o, pairs))


if __name__ == "__main__":
    main()
