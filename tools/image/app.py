"""The server's own layers: jars, unpacked native libraries and the arguments of the JVM."""
import glob
import os
import re
import shutil
import sys
import xml.etree.ElementTree as xml
import zipfile

HOME = "opt/gatun"
MAIN = "dev.gatun.server.cli.Main"
# Native libraries inside jars: which jar, where in it, and the name of the platform's folder.
TOKENIZERS = ("tokenizers-", "native/lib/{}/cpu/", "native/lib/{}/")
KERNELS = ("gatun-cpu-", "dev/gatun/cpu/native/{}/", "dev/gatun/cpu/native/{}/")
OURS = "gatun-"
LICENCE = "Apache-2.0"


def jars(dist):
    found = sorted(glob.glob(f"{dist}/lib/*.jar"))
    if not found:
        sys.exit(f"image: no jars in {dist}/lib; `make build` makes them")
    return found


def unpack(jar, place, platform, target):
    """Writes the platform's libraries of a jar into a folder."""
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            if name.startswith(place.format(platform)) and name.endswith(".so"):
                with open(os.path.join(target, os.path.basename(name)), "wb") as out:
                    out.write(archive.read(name))


def slim(jar, place, target):
    """Copies a jar without native libraries, which the image holds as files."""
    within = re.compile(re.escape(place).replace(r"\{\}", "[^/]+") + ".+")
    with zipfile.ZipFile(jar) as source, zipfile.ZipFile(target, "w") as out:
        for info in source.infolist():
            if not within.fullmatch(info.filename):
                out.writestr(info, source.read(info), zipfile.ZIP_DEFLATED)


def make_layers(dist, platform, app, natives, left_out):
    """Fills both layers from a distribution; jars whose names start so are left out."""
    lib, native = f"{app}/{HOME}/lib", f"{natives}/{HOME}/native"
    os.makedirs(lib)
    os.makedirs(native)
    for jar in jars(dist):
        name = os.path.basename(jar)
        if name.startswith(tuple(left_out)):
            continue
        for start, library, all_platforms in (TOKENIZERS, KERNELS):
            if name.startswith(start):
                unpack(jar, library, platform, native)
                slim(jar, all_platforms, f"{lib}/{name}")
                break
        else:
            shutil.copyfile(jar, f"{lib}/{name}")
    if not os.path.exists(f"{native}/libtokenizers.so"):
        sys.exit(f"image: the tokenizers library has no build for {platform}")
    kernels = glob.glob(f"{native}/libgatun_cpu_*.so")
    if not kernels:
        print(f"image: no CPU kernels for {platform}: the distribution was built without a C"
              " compiler, so only the reference backend (or a GPU) will compute")


def arguments(dist, app, prefix="", cache=True):
    """The JVM's arguments, for a root below prefix; the same order of jars as in training."""
    with open(f"{dist}/lib/jvm.options") as file:
        lines = [line.rstrip("\n") for line in file if not line.startswith("#")]
    home = f"{prefix}/{HOME}"
    class_path = ":".join(f"{home}/lib/{os.path.basename(jar)}" for jar in jars(f"{app}/{HOME}"))
    # Nothing is unpacked, and no file is kept in /tmp for tools that the image does not have.
    lines += [f"-Dgatun.natives={home}/native",
              f"-DRUST_LIBRARY_PATH={home}/native/libtokenizers.so", "-XX:-UsePerfData"]
    if cache:
        lines.append(f"-XX:AOTCache={home}/gatun.aot")
    return "\n".join([*lines, "-cp", class_path, MAIN]) + "\n"


def strip_namespace(tree):
    for element in tree.iter():
        element.tag = element.tag.split("}")[-1]
    return tree


class Licences:
    """Licences by the poms of the local Maven repository, from which the jars came."""

    def __init__(self, repository):
        self.poms = {os.path.basename(path)[:-4]: path
                     for path in glob.glob(f"{repository}/**/*.pom", recursive=True)}

    def of(self, name):
        while name in self.poms:
            pom = strip_namespace(xml.parse(self.poms[name]).getroot())
            found = [licence.findtext("name", "") for licence in pom.findall("licenses/license")]
            if found:
                return " / ".join(" ".join(text.split()) for text in found)
            parent = pom.find("parent")
            if parent is None:
                break
            name = parent.findtext("artifactId") + "-" + parent.findtext("version")
        return "not stated in its pom"


def components(app):
    """(kind, name, version, licence) of each jar."""
    licences = Licences(os.environ.get("MAVEN_REPOSITORY", os.path.expanduser("~/.m2/repository")))
    rows = []
    for jar in jars(f"{app}/{HOME}"):
        stem = os.path.basename(jar)[:-4]
        name, version = re.fullmatch(r"(.+?)(?:-(\d.*))?", stem).groups()
        ours = name.startswith(OURS)
        rows.append(("jar", name, version or "-", LICENCE if ours else licences.of(stem)))
    return rows
