#!/usr/bin/env python3
"""Decode rate while one process per core spins at the same priority, over the quiet rate.

Each round measures quiet, busy, quiet with the engine bench's decode row; the ratio of a round is
the busy rate over the mean of the quiet ones. Standard library only.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
BENCH = os.path.join(ROOT, "tools", "build", "bench")
MODEL_BENCH = "dev.gatun.engine.bench.model.ModelBench"
LONGEST_RUN = 300


def decode_rate(o):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "rate.json")
        command = [BENCH, MODEL_BENCH, "--quantization", o.quantization, "--threads", str(o.threads),
                   "--prefill", "none", "--batch", str(o.batch), "--context", "64", "--steps", "16",
                   "--repeats", "7", "--seconds", "20", "--json", out, o.model]
        done = subprocess.run(command, cwd=ROOT, env=os.environ | {"GATUN_BENCH_COMPILED": "1"}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LONGEST_RUN)
        if done.returncode:
            raise SystemExit(f"the engine bench failed ({done.returncode}):\n{done.stderr[-2000:]}")
        with open(out) as f:
            return json.load(f)["decode"][0]["tokensPerSecond"]


def busy_rate(o):
    spinners = []
    try:
        for core in sorted(os.sched_getaffinity(0)):
            # Where the scheduler would put one, so that no core is left out.
            spinners.append(subprocess.Popen([sys.executable, "-c", "while True: pass"],
                                             preexec_fn=lambda c=core: os.sched_setaffinity(0, {c})))
        return decode_rate(o)
    finally:
        for spinner in spinners:
            spinner.kill()
        for spinner in spinners:
            spinner.wait()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", required=True, help="model directory")
    a.add_argument("--quantization", default="none", choices=["none", "int8", "int4"])
    a.add_argument("--threads", type=int, default=0, help="0: as many as there are processors")
    a.add_argument("--batch", type=int, default=1)
    a.add_argument("--rounds", type=int, default=1)
    a.add_argument("--json", help="writes the rates there, too")
    o = a.parse_args()
    o.model = os.path.abspath(o.model)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the spinners end, too
    subprocess.run([BENCH, MODEL_BENCH, "--help"], check=True, stdout=subprocess.DEVNULL)  # compiles
    rounds = []
    quiet = decode_rate(o)
    for index in range(o.rounds):
        busy = busy_rate(o)
        after = decode_rate(o)
        rounds.append({"quiet_before": quiet, "busy": busy, "quiet_after": after,
                       "ratio": busy / ((quiet + after) / 2)})
        print(f"round {index + 1}: quiet {quiet:.1f}, busy {busy:.1f}, quiet {after:.1f} tokens/s, "
              f"ratio {rounds[-1]['ratio']:.2f}", flush=True)
        quiet = after
    print(f"busy / quiet, median of {o.rounds}: {statistics.median(r['ratio'] for r in rounds):.2f}")
    if o.json:
        with open(o.json, "w") as f:
            json.dump(rounds, f, indent=1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the spinning processes have been ended")
