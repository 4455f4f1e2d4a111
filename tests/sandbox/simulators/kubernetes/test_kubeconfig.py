import json

import pytest
import yaml

from sandbox.provider import UNKNOWN
from sandbox.simulators import provider_for

IDENTIFIER = {"clusterIdentifier": "um-1"}


def kubeconfig(server="https://api:6443", *, ca="Q0E=", key="a2V5", **cluster):
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "um",
        "contexts": [{"name": "um", "context": {"cluster": "um", "user": "admin"}}],
        "clusters": [{"name": "um", "cluster": {"server": server, "certificate-authority-data": ca, **cluster}}],
        "users": [{"name": "admin", "user": {"client-key-data": key}}],
    }


def diff(old, new, **both):
    provider = provider_for("kubernetes")
    return provider.diff_config({"kubeconfig": old, **both}, {"kubeconfig": new, **both})


OLD = yaml.safe_dump(kubeconfig())


@pytest.mark.parametrize(
    "new",
    [
        kubeconfig("https://other:6443"),
        kubeconfig(ca="T1RIRVI="),
        kubeconfig(**{"proxy-url": "http://p"}),
        kubeconfig(**{"tls-server-name": "x"}),
    ],
    ids=["server", "CA", "proxy", "TLS name"],
)
def test_without_an_identifier_another_cluster_setting_replaces_the_provider_and_with_one_it_does_not(new):
    assert diff(OLD, yaml.safe_dump(new)).replaces == ("kubeconfig",)
    kept = diff(OLD, yaml.safe_dump(new), **IDENTIFIER)
    assert kept.changed == ("kubeconfig",)
    assert kept.replaces == ()


def test_a_new_client_key_updates_the_provider_in_place():
    renewed = diff(OLD, yaml.safe_dump(kubeconfig(key="bmV3")))
    assert (renewed.changed, renewed.replaces) == (("kubeconfig",), ())


def test_the_same_cluster_written_as_json_is_the_same_cluster():
    assert diff(OLD, json.dumps(kubeconfig())).replaces == ()


def test_a_kubeconfig_not_known_yet_replaces_unless_there_is_an_identifier():
    assert diff(OLD, UNKNOWN).replaces == ("kubeconfig",)
    assert diff(OLD, UNKNOWN, **IDENTIFIER).replaces == ()


def test_with_an_identifier_only_its_own_change_replaces():
    provider = provider_for("kubernetes")
    changed = provider.diff_config({"kubeconfig": OLD, **IDENTIFIER}, {"kubeconfig": OLD, "clusterIdentifier": "um-2"})
    assert changed.replaces == ("clusterIdentifier",)


def test_a_text_that_is_no_kubeconfig_is_refused_without_repeating_it():
    (failure,) = provider_for("kubernetes").check_config({"kubeconfig": "{secret: [unclosed"})
    assert failure.property == "kubeconfig"
    assert "unclosed" not in failure.reason
