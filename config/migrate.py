"""Brings a stack file of an older layout to the current one, comments and all.

A migration is a pure function over the `config:` mapping of one version that leaves the next version behind and says
what it did. They run in a chain, so a file of any age is brought up to date in one go. Files are edited as round-trip
trees: comments, quotes and the order of keys stay; indentation becomes the usual one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO
from typing import TYPE_CHECKING, Any

from config.csp import FIRST_CSP
from config.names import API_VERSION, NAMESPACE
from config.problems import Problem, StackFileError

if TYPE_CHECKING:
    from ruamel.yaml.comments import CommentedMap

Changes = list[str]
"""What was done, one line for people each."""
Migration = Callable[["CommentedMap"], Changes]

_V0_FLAT = {
    "csp": ("cloud", "csp"),
    "region": ("cloud", "region"),
    "accountId": ("cloud", "account"),
    "customer": ("project", "customer"),
    "environment": ("project", "environment"),
    "domain": ("dns", "domain"),
}
"""Version 0 had these directly below `config:`: old key, and where it went."""
_V0_NETWORK = {"vpcCidr": "cidr", "azCount": "zones"}
_V0_PROTECTION = "deletionProtection"
_V0_NAT = "singleNatGateway"
_V0_SERVERS = "serverCount"


def version(tree: Mapping[str, Any]) -> int | None:
    """The layout of a stack's values (without prefix); None when they do not say and do not look like an old one."""
    stated = tree.get("apiVersion")
    if isinstance(stated, str) and stated.isdigit():
        stated = int(stated)
    if isinstance(stated, int) and not isinstance(stated, bool):
        return stated
    network = tree.get("network")
    old = {*_V0_FLAT, _V0_PROTECTION} & tree.keys()
    old_network = {*_V0_NETWORK, _V0_NAT} & (network.keys() if isinstance(network, Mapping) else set())
    return 0 if stated is None and (old or old_network) else None


def outdated(tree: Mapping[str, Any], stack_name: str) -> Problem | None:
    """Why a stack of another layout is refused; nothing else is said about it, for all of that would be noise."""
    found = version(tree)
    if found is None or found == API_VERSION:
        return None
    if found > API_VERSION:
        return _newer(found)
    fault = f"this file has layout {found}, and this release reads {API_VERSION}"
    return Problem(("apiVersion",), fault, f"type: um migrate -s {stack_name}")


def _newer(found: int) -> Problem:
    fault = f"this file has layout {found}, and this release reads {API_VERSION}"
    return Problem(("apiVersion",), fault, "use the release of UnifiedMeta that wrote it, or a newer one")


def migrate_text(text: str, file: str = "") -> tuple[str, Changes]:
    """The same stack file in the current layout, and what was changed; unchanged, with an empty list, when it is current.

    Errors: StackFileError when the text is no stack file, or is of a newer layout.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        document = yaml.load(text)
    except YAMLError as error:
        problem = Problem(("(YAML)",), "is not valid YAML", "correct it first; `um check` names the line")
        raise StackFileError([problem], file) from error
    config = document.get("config") if isinstance(document, CommentedMap) else None
    if not isinstance(config, CommentedMap):
        problem = Problem(("(YAML)",), "is not a stack file", "begin with `config:`, as the other files in stacks do")
        raise StackFileError([problem], file)
    tree = {str(key).removeprefix(f"{NAMESPACE}:"): value for key, value in config.items()}
    found = version(tree)
    if found is not None and found > API_VERSION:
        raise StackFileError([_newer(found)], file)
    if found is None or found == API_VERSION:
        return text, []
    changes = [change for step in range(found, API_VERSION) for change in MIGRATIONS[step](config)]
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue(), changes


def _from_0(config: CommentedMap) -> Changes:
    """Flat keys go into the sections cloud, project and dns; the network and the cluster speak no CSP's dialect."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    changes: Changes = []
    if f"{NAMESPACE}:csp" not in config and "csp" not in _section(config, "cloud"):
        _section(config, "cloud")["csp"] = FIRST_CSP.value
        changes.append(f"cloud.csp: {FIRST_CSP.value}, the only one that layout 0 knew")
    for old, (section, new) in _V0_FLAT.items():
        if (key := f"{NAMESPACE}:{old}") in config:
            _move(config, key, _section(config, section, before=key), new)
            changes.append(f"{old} is now {section}.{new}")
    changes += _network_from_0(config)
    changes += _cluster_from_0(config)
    if (key := f"{NAMESPACE}:{_V0_PROTECTION}") in config:
        _rename(config, key, f"{NAMESPACE}:protection")
        # In quotes, because YAML's older dialect takes the bare words for booleans.
        config[f"{NAMESPACE}:protection"] = DoubleQuotedScalarString(
            "on" if config[f"{NAMESPACE}:protection"] else "off"
        )
        changes.append(f"{_V0_PROTECTION} is now protection")
    config.pop(f"{NAMESPACE}:apiVersion", None)
    config.insert(0, f"{NAMESPACE}:apiVersion", 1)
    changes.append("apiVersion: 1")
    return changes


def _network_from_0(config: CommentedMap) -> Changes:
    network = config.get(f"{NAMESPACE}:network")
    changes: Changes = []
    if network is None:
        return changes
    for old, new in _V0_NETWORK.items():
        if old in network:
            _rename(network, old, new)
            changes.append(f"network.{old} is now network.{new}")
    if _V0_NAT in network:
        _rename(network, _V0_NAT, "nat")
        network["nat"] = "single" if network["nat"] else "per-zone"
        changes.append(f"network.{_V0_NAT} is now network.nat: {network['nat']}")
    return changes


def _cluster_from_0(config: CommentedMap) -> Changes:
    from ruamel.yaml.comments import CommentedMap

    cluster = config.get(f"{NAMESPACE}:cluster")
    if cluster is None or _V0_SERVERS not in cluster:
        return []
    if "servers" not in cluster:
        cluster.insert(list(cluster).index(_V0_SERVERS), "servers", CommentedMap())
    _move(cluster, _V0_SERVERS, cluster["servers"], "count")
    return [f"cluster.{_V0_SERVERS} is now cluster.servers.count"]


MIGRATIONS: tuple[Migration, ...] = (_from_0,)
"""The migration at index n takes layout n to layout n + 1."""


def _section(config: CommentedMap, name: str, before: str | None = None) -> CommentedMap:
    """The section `name`, made where `before` stands when there is none."""
    from ruamel.yaml.comments import CommentedMap

    key = f"{NAMESPACE}:{name}"
    if key not in config:
        config.insert(list(config).index(before) if before else 0, key, CommentedMap())
    section: CommentedMap = config[key]
    return section


def _rename(mapping: CommentedMap, old: str, new: str) -> None:
    """Gives a key another name in its place, with its comments."""
    position = list(mapping).index(old)
    comments = mapping.ca.items.pop(old, None)
    value = mapping.pop(old)
    mapping.insert(position, new, value)
    _put_comments(mapping, new, comments)


def _move(source: CommentedMap, old: str, target: CommentedMap, new: str) -> None:
    """Moves a key into another mapping, with the comments behind it and below it."""
    comments = source.ca.items.pop(old, None)
    target[new] = source.pop(old)
    _put_comments(target, new, comments)


def _put_comments(mapping: CommentedMap, key: str, comments: list[Any] | None) -> None:
    """Puts a key's comments behind it, one space away: their old column was that of a line of another length."""
    if comments is None:
        return
    for token in comments:
        if hasattr(token, "start_mark"):
            token.start_mark.column = 0
    mapping.ca.items[key] = comments
