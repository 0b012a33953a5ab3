#!/usr/bin/env python3
"""Makes a model of random 4-bit weights in AWQ's form, of a shape of make_bench_models.py.

All linear layers are 4 bits throughout, the head among them, which --quantization int4 does not do:
for comparing 4-bit kernels on the same bits. Text from it means nothing. Needs numpy.
"""
import argparse
import json
import os
import sys

import numpy as np

import make_bench_models as plain


def rows(s):
    """(name, shape, safetensors type, function that makes the values) of every tensor."""
    rng = np.random.Generator(np.random.PCG64(s["seed"]))
    group = s["group"]
    for name, shape, kind in plain.tensor_list(s):
        if kind != "w":
            yield name, shape, "F16", lambda n=name, d=shape, k=kind: plain.encode(
                plain.values(n, d, k, s["seed"], s["std"]), "f16")
            continue
        outs, ins = shape
        if ins % group or outs % 8:
            raise SystemExit(f"{name} has {ins} columns and {outs} rows, which groups of {group} and words of 8 "
                             f"do not divide: take another --group-size")
        stem = name.removesuffix(".weight")
        # Uniform in [-8, 7] has a deviation of 4.6.
        yield stem + ".qweight", (ins, outs // 8), "I32", lambda d=(ins, outs // 8): rng.integers(
            -2**31, 2**31, d, dtype=np.int32)
        yield stem + ".qzeros", (ins // group, outs // 8), "I32", lambda d=(ins // group, outs // 8): np.full(
            d, 0x88888888, np.uint32)
        yield stem + ".scales", (ins // group, outs), "F16", lambda d=(ins // group, outs): np.full(
            d, s["std"] / 4.6, np.float16)


def write(path, s):
    size = {"F16": 2, "I32": 4}
    head, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape, tag, _ in rows(s):
        end = at + int(np.prod(shape)) * size[tag]
        head[name] = {"dtype": tag, "shape": list(shape), "data_offsets": [at, end]}
        at = end
    blob = json.dumps(head, separators=(",", ":")).encode()
    blob += b" " * (-len(blob) % 8)
    with open(path, "wb") as f:
        f.write(len(blob).to_bytes(8, "little"))
        f.write(blob)
        for _, _, _, make in rows(s):
            f.write(memoryview(np.ascontiguousarray(make())).cast("B"))
    return at


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--shape", required=True, choices=sorted(plain.SHAPES))
    a.add_argument("--out", required=True, help="folder to write (made if missing)")
    a.add_argument("--group-size", type=int, default=32, dest="group")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--std", type=float, default=0.02)
    o = a.parse_args()
    # An own head, as a tied one is stored as floats.
    s = plain.SHAPES[o.shape] | {"tied": False, "group": o.group, "seed": o.seed, "std": o.std}
    os.makedirs(o.out, exist_ok=True)
    plain.write_config(o.out, s, "f16")
    plain.write_tokenizer(o.out, s)
    config_path = os.path.join(o.out, "config.json")
    with open(config_path) as f:
        config = json.load(f)
    config["quantization_config"] = {"quant_method": "awq", "bits": 4, "group_size": o.group, "zero_point": True,
                                     "version": "gemm", "modules_to_not_convert": None}
    with open(config_path, "w") as f:
        json.dump(config, f, indent=1)
    size = write(os.path.join(o.out, "model.safetensors"), s)
    print(json.dumps({"shape": o.shape, "group_size": o.group, "bytes": size, "out": o.out}))


if __name__ == "__main__":
    sys.exit(main())
