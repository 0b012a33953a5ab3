"""An OCI image layout written by plain means: layers from directories, configuration, manifest.

The same directories give the same bytes: entries are sorted, belong to root, carry one time stamp,
and the compressor writes no name or time. A container engine is not needed.
"""
import gzip
import hashlib
import json
import os
import stat
import tarfile
from dataclasses import dataclass

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class Layer:
    name: str
    digest: str
    diff_id: str
    size: int
    unpacked: int


class Hashing:
    """A file that counts and digests what is written to it."""

    def __init__(self, file=None):
        self.file, self.sha, self.size = file, hashlib.sha256(), 0

    def write(self, data):
        self.sha.update(data)
        self.size += len(data)
        if self.file:
            self.file.write(data)
        return len(data)

    def flush(self):
        pass

    def digest(self):
        return "sha256:" + self.sha.hexdigest()


class Both:
    """Writes a tar to its digest and to its compressor at once."""

    def __init__(self, plain, packed):
        self.plain, self.packed = plain, packed

    def write(self, data):
        self.plain.write(data)
        return self.packed.write(data)


def paths(folder):
    """Everything below a folder, parents before children, the same on every file system."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders.sort()
        found += [os.path.join(parent, name) for name in folders + files]
    return sorted(os.path.relpath(path, folder) for path in found)


def entry(folder, path, epoch):
    """The tar header of a file, without anything that differs between two machines."""
    full = os.path.join(folder, path)
    mode = os.lstat(full).st_mode
    info = tarfile.TarInfo("./" + path)
    info.mtime = epoch
    if stat.S_ISLNK(mode):
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, os.readlink(full), 0o777
    elif stat.S_ISDIR(mode):
        info.type, info.mode = tarfile.DIRTYPE, 0o1777 if mode & stat.S_ISVTX else 0o755
    else:
        info.size, info.mode = os.path.getsize(full), 0o755 if mode & stat.S_IXUSR else 0o644
    return info


def write_tar(folder, epoch, out):
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for path in paths(folder):
            info = entry(folder, path, epoch)
            if info.isreg():
                with open(os.path.join(folder, path), "rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)


class Layout:
    """A layout that grows in a directory: blobs first, the index last."""

    def __init__(self, folder, epoch, level):
        self.folder, self.epoch, self.level, self.layers = folder, epoch, level, []
        os.makedirs(os.path.join(folder, "blobs", "sha256"))

    def blob(self, digest):
        return os.path.join(self.folder, "blobs", "sha256", digest.split(":")[1])

    def add_layer(self, name, folder):
        part = os.path.join(self.folder, "blobs", "part")
        plain = Hashing()
        with open(part, "wb") as file:
            packed = Hashing(file)
            with gzip.GzipFile("", "wb", self.level, packed, mtime=0) as compressor:
                write_tar(folder, self.epoch, Both(plain, compressor))
        os.rename(part, self.blob(packed.digest()))
        layer = Layer(name, packed.digest(), plain.digest(), packed.size, plain.size)
        self.layers.append(layer)
        return layer

    def add_json(self, media_type, value):
        data = json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        with open(self.blob(digest), "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def finish(self, name, settings, architecture, created, annotations):
        """Writes configuration, manifest and index; the name is the image's, with its tag."""
        config = self.add_json(CONFIG, {
            "created": created, "architecture": architecture, "os": "linux", "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in self.layers]},
            "history": [{"created": created, "created_by": "gatun layer " + layer.name}
                        for layer in self.layers]})
        manifest = self.add_json(MANIFEST, {
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config,
            "layers": [{"mediaType": LAYER, "digest": layer.digest, "size": layer.size,
                        "annotations": {"org.opencontainers.image.title": layer.name}}
                       for layer in self.layers],
            "annotations": annotations | {"org.opencontainers.image.created": created}})
        manifest["platform"] = {"architecture": architecture, "os": "linux"}
        manifest["annotations"] = {"org.opencontainers.image.ref.name": name.split(":")[1],
                                   "io.containerd.image.name": "docker.io/library/" + name}
        self.write("index.json", {"schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest]})
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})
        # What `docker load` reads.
        self.write("manifest.json", [{
            "Config": self.blob_path(config["digest"]), "RepoTags": [name],
            "Layers": [self.blob_path(layer.digest) for layer in self.layers]}])
        return manifest["digest"]

    @staticmethod
    def blob_path(digest):
        return "blobs/" + digest.replace(":", "/")

    def write(self, name, value):
        with open(os.path.join(self.folder, name), "w") as file:
            json.dump(value, file, indent=1, sort_keys=True)
            file.write("\n")

    def archive(self, file):
        """The layout as one file, for `docker load`, `podman load` and `skopeo`."""
        with open(file, "wb", buffering=1 << 20) as out:
            write_tar(self.folder, self.epoch, out)
