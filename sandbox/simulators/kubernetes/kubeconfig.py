"""Which cluster a kubeconfig names, and what the provider concludes from a change of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import yaml

from sandbox.provider import UNKNOWN, Diff, PropertyMap
from sandbox.simulators.difference import changed_paths

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same loader in C, where it was built: a kubeconfig is read again in every run."""


class KubeconfigError(ValueError):
    """The text is not a kubeconfig."""


def parsed(value: Any) -> Mapping[str, Any]:
    """A kubeconfig as data: from YAML, JSON or data. Raises KubeconfigError, without the text: it holds a key."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("{") else yaml.load(value, _LOADER)  # noqa: S506  both are safe loaders
        except (json.JSONDecodeError, yaml.YAMLError):
            raise KubeconfigError("failed to parse kubeconfig: it is neither YAML nor JSON") from None
    if not isinstance(value, Mapping):
        raise KubeconfigError("failed to parse kubeconfig: it is not an object")
    return value


def active_cluster(config: PropertyMap) -> Mapping[str, Any] | None:
    """The settings (server, CA, proxy, TLS name) of the cluster that the configuration makes active."""
    if not config.get("kubeconfig"):
        return None
    kubeconfig = parsed(config["kubeconfig"])
    context_name = config.get("context") or kubeconfig.get("current-context")
    cluster_name = config.get("cluster") or _named(kubeconfig.get("contexts"), context_name, "context").get("cluster")
    return _named(kubeconfig.get("clusters"), cluster_name, "cluster")


def _named(entries: Any, name: Any, key: str) -> Mapping[str, Any]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and entry.get("name") == name and isinstance(entry.get(key), Mapping):
            found: Mapping[str, Any] = entry[key]
            return found
    return {}


def configuration_diff(old: PropertyMap, new: PropertyMap) -> Diff:
    """The real provider's rule.

    With `clusterIdentifier`, only a change of that replaces the provider. Without it, any change of the active
    cluster's settings does (address, CA, proxy, TLS name), because clusters have no identity of their own; and so does a
    kubeconfig that is not known yet.
    """
    changed = tuple(changed_paths(old, new))
    if not changed:
        return Diff()
    if old.get("clusterIdentifier") or new.get("clusterIdentifier"):
        return Diff(changed, tuple(path for path in changed if path == "clusterIdentifier"))
    if new.get("kubeconfig") is UNKNOWN:
        return Diff(changed, ("kubeconfig",))
    if old.get("kubeconfig") is UNKNOWN or active_cluster(old) != active_cluster(new):
        return Diff(changed, changed)
    return Diff(changed, tuple(path for path in changed if path == "renderYamlToDirectory"))
