#!/usr/bin/env python3
"""Validate Kubernetes manifests against CRD files, offline and strictly.

usage: validate_manifests.py [--quiet] [--no-lint] CRD_DIR MANIFEST [MANIFEST...]

CRD_DIR   folder of CustomResourceDefinition documents (.yaml, .yml or .json)
MANIFEST  YAML (many documents per file allowed), JSON, or a folder of such files

Strict like an API server with field validation "Strict": unknown fields and
duplicate YAML keys are errors. Each error is one line on stdout:
    FILE[doc N] KIND/NAME: <field path>: <what is wrong>
Exit status: 0 all valid, 1 at least one error, 2 bad usage or unreadable input.

Besides the schema, a few rules KServe's admission webhooks and controllers apply
to ClusterServingRuntime / ServingRuntime / InferenceService, and KEDA's own for
ScaledObject, are checked (--no-lint turns them off); so are priorities that two
runtimes of one run, or a runtime and those that KServe ships, have in common. CEL
rules (x-kubernetes-validations) are not evaluated. Built-in kinds have no CRD: those
of builtin_kinds.py are checked like the others, of the rest only the metadata.
Needs only PyYAML.
"""
import json
import os
import sys

import yaml

import builtin_kinds
import kserve_rules
from schema_walk import check, check_metadata, kind_of

try:
    _BASE = yaml.CSafeLoader
except AttributeError:  # PyYAML without libyaml
    _BASE = yaml.SafeLoader

BUILTIN_GROUPS = {
    "", "apps", "batch", "autoscaling", "policy", "networking.k8s.io", "rbac.authorization.k8s.io",
    "storage.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "apiextensions.k8s.io",
    "admissionregistration.k8s.io", "resource.k8s.io", "node.k8s.io", "kustomize.config.k8s.io",
}


class UniqueKeyLoader(_BASE):
    """Safe loader that rejects duplicate keys and leaves timestamps as text."""


def _mapping(loader, node, deep=True):
    out = {}
    for knode, vnode in node.value:
        if knode.tag == "tag:yaml.org,2002:merge":
            loader.flatten_mapping(node)
            return _mapping(loader, node, deep)
        key = loader.construct_object(knode, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} is not a string", knode.start_mark)
        if key in out:
            raise yaml.constructor.ConstructorError(
                None, None, f"duplicate key {key!r}", knode.start_mark)
        out[key] = loader.construct_object(vnode, deep=True)
    return out


UniqueKeyLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
UniqueKeyLoader.add_constructor(
    "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def manifest_files(paths):
    for path in paths:
        if os.path.isdir(path):
            for root, _, names in sorted(os.walk(path)):
                for name in sorted(names):
                    if name.endswith((".yaml", ".yml", ".json")):
                        yield os.path.join(root, name)
        else:
            yield path


def load_documents(path, loader):
    with open(path, encoding="utf-8") as handle:
        if path.endswith(".json"):
            return [json.load(handle)]
        return list(yaml.load_all(handle, Loader=loader))


def load_crds(folder):
    """{(group, kind): {version: (scope, schema, served)}}"""
    table = {}
    for path in manifest_files([folder]):
        for doc in load_documents(path, _BASE):
            if not isinstance(doc, dict) or doc.get("kind") != "CustomResourceDefinition":
                continue
            spec = doc["spec"]
            versions = table.setdefault((spec["group"], spec["names"]["kind"]), {})
            for version in spec["versions"]:
                versions[version["name"]] = (spec.get("scope", "Namespaced"),
                                             version.get("schema", {}).get("openAPIV3Schema", {}),
                                             version.get("served", True))
    return table


def with_builtin_kinds(crds):
    """The table, with the built-in kinds whose schema we know."""
    table = dict(crds)
    for key, (versions, schema) in builtin_kinds.schemas(crds).items():
        props = {"apiVersion": builtin_kinds.STRING, "kind": builtin_kinds.STRING, **schema["properties"]}
        table[key] = {version: (None, {**schema, "properties": props}, True) for version in versions}
    return table


def validate_document(doc, crds, lint=True):
    """Return a list of (field path, message)."""
    errors = []
    if not isinstance(doc, dict):
        return [("", f"document is {kind_of(doc)}, not an object")]
    for field in ("apiVersion", "kind"):
        if not isinstance(doc.get(field), str):
            errors.append((field, "required string is missing"))
    if errors:
        return errors
    group, _, version = doc["apiVersion"].rpartition("/")
    versions = crds.get((group, doc["kind"]))
    if versions is None:
        if group in BUILTIN_GROUPS:
            if doc["kind"] != "List":
                check_metadata(doc, None, errors)
            return errors
        return [("apiVersion", f"no CRD for kind {doc['kind']} in group {group}")]
    if version not in versions or not versions[version][2]:
        return [("apiVersion", f"{doc['kind']} has no served version {version!r} (has {', '.join(sorted(versions))})")]
    scope, schema, _ = versions[version]
    root = dict(schema)
    root["properties"] = {k: v for k, v in schema.get("properties", {}).items() if k != "metadata"}
    check(root, {k: v for k, v in doc.items() if k != "metadata"}, "", errors)
    if group != "kustomize.config.k8s.io":
        check_metadata(doc, scope, errors)
    extra = kserve_rules.LINTS.get((group, doc["kind"]))
    if lint and extra and not errors:
        extra(doc, errors)
    return errors


def main(argv):
    args = [a for a in argv if not a.startswith("--")]
    flags = {a for a in argv if a.startswith("--")}
    if len(args) < 2 or flags - {"--quiet", "--no-lint"} or not os.path.isdir(args[0]):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        crds = load_crds(args[0])
    except (OSError, ValueError, yaml.YAMLError) as bad:
        print(f"cannot read CRDs: {bad}", file=sys.stderr)
        return 2
    if not crds:
        print(f"no CRD found in {args[0]}", file=sys.stderr)
        return 2
    crds = with_builtin_kinds(crds)
    failed = checked = 0
    clashes = kserve_rules.PriorityClashes()
    for path in manifest_files(args[1:]):
        try:
            docs = load_documents(path, UniqueKeyLoader)
        except OSError as bad:
            print(f"{path}: {bad}", file=sys.stderr)
            return 2
        except (ValueError, yaml.YAMLError) as bad:
            print(f"{path}: not readable: {' '.join(str(bad).split())}")
            failed += 1
            continue
        for number, doc in enumerate(docs):
            if doc is None:
                continue
            checked += 1
            label = "?"
            if isinstance(doc, dict):
                label = f"{doc.get('kind')}/{(doc.get('metadata') or {}).get('name') if isinstance(doc.get('metadata'), dict) else None}"
            errors = validate_document(doc, crds, "--no-lint" not in flags)
            if "--no-lint" not in flags and not errors:
                errors = clashes.add(doc)
            for field, message in errors:
                print(f"{path}[doc {number}] {label}: {field or '<root>'}: {message}")
            failed += bool(errors)
            if not errors and "--quiet" not in flags:
                print(f"{path}[doc {number}] {label}: ok")
    if checked == 0 and failed == 0:
        print("no documents found", file=sys.stderr)
        return 2
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
