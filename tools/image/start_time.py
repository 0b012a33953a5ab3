#!/usr/bin/env python3
"""Time from the start of the process to ready, of an image's unpacked root, with its phases.

  tools/image/start_time.py target/image/cpu/root demo-model
The median of --runs starts after one that is not counted; phases are of the median start.
"""
import argparse
import datetime
import os
import re
import statistics
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# A phase ends with the log line that says so.
PHASES = [("JVM, options, log, config, kernels", r"backend isa="), ("plan", r"plan: kv cache"),
          ("weights, KV cache, engine", r"engine started"), ("first token", r" ready ")]
RSS = re.compile(r"VmRSS:\s+(\d+)")


def start(o):
    """One start: seconds until the end of each phase, and resident MiB when ready."""
    command = [f"{HERE}/run-root", "-m", os.path.abspath(o.model), o.root, "/opt/java/bin/java",
               "@/opt/gatun/gatun.args", "serve", "/mnt/models", "--host=127.0.0.1", "--port=0"]
    began = time.time()
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    ends, lines = [], []
    for line in process.stdout:
        lines.append(line)
        if len(ends) < len(PHASES) and re.search(PHASES[len(ends)][1], line):
            ends.append(datetime.datetime.fromisoformat(line.split()[0]).timestamp() - began)
        if len(ends) == len(PHASES):
            break
    if len(ends) < len(PHASES):
        raise SystemExit("the server did not get ready:\n" + "".join(lines))
    with open(f"/proc/{process.pid}/status") as file:
        resident = int(RSS.search(file.read()).group(1)) / 1024
    process.terminate()
    process.communicate()
    return ends, resident


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("root")
    parser.add_argument("model")
    parser.add_argument("--runs", type=int, default=5)
    o = parser.parse_args()
    start(o)
    runs = [start(o) for _ in range(o.runs)]
    runs.sort(key=lambda run: run[0][-1])
    times = [run[0][-1] for run in runs]
    ends, resident = runs[len(runs) // 2]
    print(f"start to ready: median {statistics.median(times):.2f} s of {o.runs},"
          f" {times[0]:.2f} to {times[-1]:.2f}; resident {resident:.0f} MiB")
    for (name, _), begin, end in zip(PHASES, [0, *ends], ends):
        print(f"  {end - begin:5.2f} s  {name}")


if __name__ == "__main__":
    main()
