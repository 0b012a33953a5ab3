"""The Java runtime of the image: jlink with the modules that the jars use."""
import glob
import os
import re
import subprocess
import sys
import zipfile

# jdeps names them for parts of libraries that a server does not run: windows and beans (jna,
# snakeyaml, djl), databases (gson, protobuf's JSON), compilers (djl).
UNUSED = {"java.desktop", "java.sql", "java.compiler"}
# Found by name at run time, so jdeps cannot see them: the loggers of gRPC, logback's XML, beans of
# memory and collectors; and the flight recorder for looking into a running server.
BY_NAME = {"java.logging", "java.xml", "java.management", "jdk.management", "jdk.jfr"}


def is_modular(jar):
    with zipfile.ZipFile(jar) as archive:
        return any(name.endswith("module-info.class") for name in archive.namelist())


def modules(java_home, jars):
    """Module names that the jars need, sorted."""
    # All that jdeps takes as plain jars, for some are found by name; it follows them into the rest.
    roots = [jar for jar in jars if not is_modular(jar)]
    done = subprocess.run(
        [f"{java_home}/bin/jdeps", "--ignore-missing-deps", "--multi-release", "25",
         "--print-module-deps", "--class-path", ":".join(jars), *roots],
        text=True, capture_output=True)
    names = done.stdout.strip().splitlines()
    if done.returncode or not names:
        sys.exit(f"image: jdeps failed:\n{done.stdout}{done.stderr}")
    return sorted(set(names[-1].split(",")) - UNUSED | BY_NAME)


def make_runtime(java_home, jars, target):
    """Links the runtime and returns its components."""
    if not os.path.exists(f"{java_home}/bin/jlink"):
        sys.exit(f"image: the JDK at {java_home} has no jlink")
    # Not compressed: the layer is, and smaller so than if its content had been compressed twice.
    subprocess.run(
        [f"{java_home}/bin/jlink", "--add-modules", ",".join(modules(java_home, jars)),
         "--output", target, "--vm=server", "--compress=zip-0", "--no-header-files",
         "--no-man-pages", "--strip-java-debug-attributes"], check=True)
    # Starts of other programs and Java versions before 9.
    for name in glob.glob(f"{target}/lib/jexec") + glob.glob(f"{target}/lib/jrt-fs.jar"):
        os.remove(name)
    with open(f"{java_home}/release") as file:
        release = dict(re.findall(r'(\w+)="(.*)"', file.read()))
    return [("runtime", release.get("IMPLEMENTOR", "OpenJDK") + " JDK",
             release["JAVA_RUNTIME_VERSION"], "GPL-2.0-only WITH Classpath-exception-2.0")]
