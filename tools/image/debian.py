"""The root of the image: the few files of Debian packages that the JVM and our libraries need."""
import glob
import os
import shutil
import subprocess
import sys

# libc, what C++ in the tokenizers library needs, the C.UTF-8 locale for file names outside ASCII,
# and the files by which scanners recognise the distribution.
PACKAGES = ["base-files", "libc6", "libc-bin", "libgcc-s1", "libstdc++6"]
LICENCES = {
    "base-files": "GPL-2.0-or-later", "libc6": "LGPL-2.1-or-later", "libc-bin": "LGPL-2.1-or-later",
    "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1"}

# Debugging aids, converters between character sets, libraries of old name services.
UNWANTED = ["libmvec.so*", "libmemusage.so*", "libpcprofile.so*", "libthread_db*", "libnsl*",
            "libnss_hesiod*", "libnss_compat*", "libc_malloc_debug*", "libBrokenLocale*"]

PASSWD = """root:x:0:0:root:/nonexistent:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
gatun:x:{uid}:{uid}:gatun:/nonexistent:/sbin/nologin
"""
GROUP = """root:x:0:
nogroup:x:65534:
gatun:x:{uid}:
"""
NSSWITCH = """passwd: files
group: files
hosts: files dns
"""


def download(name, folder):
    """The package of that name in the folder, fetched unless it is there already."""
    pattern = os.path.join(folder, glob.escape(name) + "_*.deb")
    if not glob.glob(pattern):
        # Without a sandboxed user, so that the folder need not be readable to it.
        done = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=", "download", name],
                              cwd=folder, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"image: cannot download the Debian package {name}; `apt-get update` first, or"
                     f" put the package into {folder}\n{done.stderr.strip()}")
    return glob.glob(pattern)[0]


def extract(deb, folder):
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["dpkg-deb", "-x", deb, folder], check=True)


def field(deb, name):
    return subprocess.run(["dpkg-deb", "-f", deb, name], check=True, text=True,
                          capture_output=True).stdout.strip()


def copy(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def libraries(tree):
    """Shared libraries of an unpacked package, where the loader looks for them."""
    found = glob.glob(f"{tree}/lib/*-linux-gnu*/*.so*") + \
        glob.glob(f"{tree}/usr/lib/*-linux-gnu*/*.so*")
    unwanted = {path for name in UNWANTED for folder in ("lib", "usr/lib")
                for path in glob.glob(f"{tree}/{folder}/*-linux-gnu*/{name}")}
    return sorted(set(found) - unwanted)


def take(name, tree, root, debs):
    """Copies what the image wants of an unpacked package; /lib and /usr/lib are one there."""
    for path in libraries(tree):
        triplet = os.path.basename(os.path.dirname(path))
        copy(path, f"{root}/usr/lib/{triplet}/{os.path.basename(path)}")
    for link in glob.glob(f"{tree}/lib64/ld-*") + glob.glob(f"{tree}/lib/ld-linux-*"):
        below = os.path.relpath(os.path.dirname(link), tree)
        os.makedirs(f"{root}/usr/{below}", exist_ok=True)
        target = os.readlink(link)
        triplet = os.path.basename(os.path.dirname(target))
        up = "../lib/" if below == "lib64" else ""
        os.symlink(f"{up}{triplet}/{os.path.basename(target)}", f"{root}/usr/{below}/"
                   + os.path.basename(link))
    if os.path.isdir(f"{tree}/usr/lib/locale/C.utf8"):
        shutil.copytree(f"{tree}/usr/lib/locale/C.utf8", f"{root}/usr/lib/locale/C.utf8")
    for path in ("usr/lib/os-release", "etc/os-release", "etc/debian_version"):
        if os.path.lexists(f"{tree}/{path}"):
            copy(f"{tree}/{path}", f"{root}/{path}")
    doc = f"{tree}/usr/share/doc/{name}"
    if os.path.islink(doc):
        # The licence lies in a package of the same source.
        other = os.path.basename(os.readlink(doc))
        holder = tree + "-licence"
        extract(download(other, debs), holder)
        doc = f"{holder}/usr/share/doc/{other}"
    copy(f"{doc}/copyright", f"{root}/usr/share/doc/{name}/copyright")


def write(root, path, text):
    os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
    with open(f"{root}/{path}", "w") as file:
        file.write(text)


def make_root(root, debs, work, uid):
    """Fills the layer and returns its components: (kind, name, version, licence)."""
    os.makedirs(debs, exist_ok=True)
    components = []
    for name in PACKAGES:
        deb = download(name, debs)
        tree = os.path.join(work, name)
        extract(deb, tree)
        take(name, tree, root, debs)
        control = subprocess.run(["dpkg-deb", "-f", deb], check=True, text=True,
                                 capture_output=True).stdout
        # Where scanners look in images that have no package manager.
        write(root, f"var/lib/dpkg/status.d/{name}", control)
        components.append(("debian", name, field(deb, "Version"), LICENCES[name]))
    for name in ("lib", "lib64"):
        if os.path.isdir(f"{root}/usr/{name}"):
            os.symlink(f"usr/{name}", f"{root}/{name}")
    write(root, "etc/passwd", PASSWD.format(uid=uid))
    write(root, "etc/group", GROUP.format(uid=uid))
    write(root, "etc/nsswitch.conf", NSSWITCH)
    for name in ("proc", "sys", "dev", "mnt/models"):
        os.makedirs(f"{root}/{name}", exist_ok=True)
    os.makedirs(f"{root}/tmp")
    os.chmod(f"{root}/tmp", 0o1777)
    return components
