#!/usr/bin/env python3
"""Builds an OCI image of the distribution without a container engine and without root.

Needs Debian's apt-get and dpkg-deb, and a JDK with jlink. Writes OUT/gatun-VARIANT.tar, an archive
of an OCI layout that docker, podman and skopeo read, and OUT/VARIANT/root, the image's root. The
same inputs give the same bytes, but for the start-up cache, which has a layer of its own.
"""
import argparse
import datetime
import os
import platform
import re
import shutil
import subprocess
import sys

import app
import debian
import java
import oci

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
UID = 65532
PORT = 8080
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# A model's place in the image, and the name it is served by.
DEMO = f"{app.HOME}/demo-model"
CUDA = f"{app.HOME}/cuda"


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("variant", choices=["cpu", "cuda"])
    parser.add_argument("--dist", default=f"{ROOT}/dist", help="the distribution")
    parser.add_argument("--out", default=f"{ROOT}/target/image")
    parser.add_argument("--debs", default=f"{ROOT}/target/image/debs",
                        help="Debian packages; those that are absent are downloaded into it")
    parser.add_argument("--train-on", default=f"{ROOT}/demo-model", metavar="MODEL",
                        help="the model on which the start-up cache is trained")
    parser.add_argument("--cache", metavar="FILE", help="a start-up cache of an earlier build of"
                        " the same layers, in place of training; 'none' for no cache")
    parser.add_argument("--demo-model", action="store_true", help="adds the demo model, and serves"
                        " it when no argument names another")
    parser.add_argument("--cuda-libs", metavar="DIR", default="",
                        help="cuda: a folder with libcublasLt.so.*, for a layer of its own")
    # Level 9 takes three times as long for one or two per cent.
    parser.add_argument("--level", type=int, default=6, help="of compression, 1 to 9")
    return parser.parse_args()


def pom(name):
    with open(f"{ROOT}/pom.xml") as file:
        return re.search(f"<{name}>(.*?)</{name}>", file.read()).group(1)


def epoch():
    """Seconds of SOURCE_DATE_EPOCH, by default the time stamp of the build's own jars."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    stamp = pom("project.build.outputTimestamp").replace("Z", "+00:00")
    return int(datetime.datetime.fromisoformat(stamp).timestamp())


def stamp(folder, seconds):
    """The cache knows jars and runtime by size and time, so they have their times before it."""
    for path in oci.paths(folder):
        os.utime(os.path.join(folder, path), (seconds, seconds), follow_symlinks=False)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def train(o, work, root, layer):
    """Runs the image's own runtime and jars where they lie; the cache fits their later place."""
    dist = f"{work}/train"
    write(f"{dist}/java.args", app.arguments(o.dist, root, root, cache=False))
    # A cache may hold small pieces of machine code; the image runs on other processors too.
    write(f"{dist}/bin/gatun", f"""#!/bin/sh
exec {root}/opt/java/bin/java -XX:+UnlockDiagnosticVMOptions -XX:-AOTAdapterCaching \\
  -XX:-AOTStubCaching ${{GATUN_JAVA_OPTS:-}} @{dist}/java.args "$@"
""", 0o755)
    os.makedirs(f"{dist}/lib")
    subprocess.run([f"{ROOT}/tools/build/train-aot", dist, o.train_on], check=True)
    made = f"{dist}/lib/gatun.aot"
    if os.path.exists(made):
        place(made, layer)


def place(cache, layer):
    os.makedirs(f"{layer}/{app.HOME}")
    shutil.copyfile(cache, f"{layer}/{app.HOME}/gatun.aot")


def merge(layer, root):
    """Adds a layer to the unpacked root by links, so that times and bytes are the same."""
    subprocess.run(["cp", "-al", f"{layer}/.", root], check=True)


def settings(o, layers):
    """The image's configuration: what runs, as whom, with what."""
    environment = {"PATH": "/opt/java/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
                   # As the launcher, dist/bin/gatun, does.
                   "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
    if o.variant == "cuda":
        # Asks the node's container toolkit for the driver.
        environment |= {"NVIDIA_VISIBLE_DEVICES": "all",
                        "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
        if "cuda" in layers:
            environment["LD_LIBRARY_PATH"] = f"/{CUDA}"
    serve = ["serve", "/mnt/models"]
    if o.demo_model:
        serve = ["serve", "/" + DEMO, "--served-model-name", "demo"]
    return {"User": f"{UID}:0", "WorkingDir": "/", "StopSignal": "SIGTERM",
            "ExposedPorts": {f"{PORT}/tcp": {}},
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "Entrypoint": ["/opt/java/bin/java", f"@/{app.HOME}/gatun.args"], "Cmd": serve,
            "Labels": labels(o)}


def labels(o):
    return {"org.opencontainers.image.title": f"gatun-{o.variant}",
            "org.opencontainers.image.description": "An LLM serving runtime for KServe",
            "org.opencontainers.image.version": pom("version"),
            "org.opencontainers.image.licenses": app.LICENCE}


def fill(o, work):
    """Makes the directories of the layers that are the same each time, in order."""
    java_home = os.environ.get("JAVA_HOME") or subprocess.run(
        [f"{ROOT}/tools/build/find-jdk"], check=True, text=True, capture_output=True).stdout.strip()
    layers = {name: f"{work}/layers/{name}" for name in ("debian", "java", "natives", "app")}
    for name in ("debian", "natives", "app"):
        os.makedirs(layers[name])
    os.makedirs(f"{layers['java']}/opt")
    components = debian.make_root(layers["debian"], o.debs, f"{work}/debian", UID)
    components += java.make_runtime(java_home, app.jars(o.dist), f"{layers['java']}/opt/java")
    left_out = ["gatun-cuda"] if o.variant == "cpu" else []
    app.make_layers(o.dist, f"linux-{platform.machine()}", layers["app"], layers["natives"],
                    left_out)
    components += app.components(layers["app"])
    table = "".join("\t".join(row) + "\n" for row in [("kind", "name", "version", "licence"),
                                                      *components])
    write(f"{layers['app']}/{app.HOME}/components.tsv", table)
    write(f"{layers['app']}/{app.HOME}/gatun.args", app.arguments(o.dist, layers["app"]))
    if o.cuda_libs:
        layers["cuda"] = f"{work}/layers/cuda"
        shutil.copytree(o.cuda_libs, f"{layers['cuda']}/{CUDA}", symlinks=True)
    if o.demo_model:
        layers["demo-model"] = f"{work}/layers/demo-model"
        shutil.copytree(f"{ROOT}/demo-model", f"{layers['demo-model']}/{DEMO}")
    return layers


def report(name, layers, digest, file):
    def row(what, size, unpacked):
        print(f"  {what:12} {size / 1e6:8.1f} MB   {unpacked / 1e6:8.1f} MB unpacked")
    print(f"image {name}")
    for layer in layers:
        row(layer.name, layer.size, layer.unpacked)
    row("total", sum(layer.size for layer in layers), sum(layer.unpacked for layer in layers))
    print(f"  {digest}\n  {file}")


def main():
    o = options()
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        sys.exit(f"image: made for {' and '.join(ARCHITECTURES)}, this is {machine}")
    if o.cuda_libs and o.variant != "cuda":
        sys.exit("image: --cuda-libs is for the cuda variant")
    work, seconds = f"{os.path.abspath(o.out)}/{o.variant}", epoch()
    o.debs = os.path.abspath(o.debs)
    shutil.rmtree(work, ignore_errors=True)
    root = f"{work}/root"
    os.makedirs(root)
    layers = fill(o, work)
    for layer in layers.values():
        stamp(layer, seconds)
        merge(layer, root)
    cache = f"{work}/layers/start-cache"
    if o.cache is None:
        train(o, work, root, cache)
    elif o.cache != "none":
        place(o.cache, cache)
    if os.path.exists(cache):
        layers["start-cache"] = cache
        stamp(cache, seconds)
        merge(cache, root)
    layout = oci.Layout(f"{work}/oci", seconds, o.level)
    for name, folder in layers.items():
        layout.add_layer(name, folder)
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    name = f"gatun:{pom('version')}-{o.variant}"
    digest = layout.finish(name, settings(o, layers), ARCHITECTURES[machine],
                           created.strftime("%Y-%m-%dT%H:%M:%SZ"), labels(o))
    file = f"{os.path.abspath(o.out)}/gatun-{o.variant}.tar"
    layout.archive(file)
    for leftover in ("debian", "train"):
        shutil.rmtree(f"{work}/{leftover}", ignore_errors=True)
    report(name, layout.layers, digest, file)


if __name__ == "__main__":
    main()
