import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.simulators import PACKAGES, sdk

ROOT = Path(__file__).parents[3]

PROGRAM = """
import sys
from sandbox.simulators import provider_for
provider = provider_for("aws").configure({"region": "ap-northeast-2"})
inputs, failures = provider.check("aws:kms/key:Key", "urn:pulumi:s::p::aws:kms/key:Key::k", None, {"description": "x"})
assert not failures, failures
loaded = {name.split(".")[1] for name in sys.modules if name.startswith("pulumi_aws.") and name.count(".") == 2}
print(sorted(loaded))
"""


def run(program):
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_asking_for_a_simulator_loads_no_cloud_sdk():
    program = "import sys, sandbox.simulators as s; [s.provider_for(p) for p in s.PACKAGES]; print([m for m in sys.modules if m.startswith('pulumi_')])"
    assert run(program) == "[]"


def test_checking_a_resource_loads_the_module_of_its_service_and_no_other():
    loaded = run(PROGRAM)
    assert "'kms'" in loaded
    assert "'ec2'" not in loaded
    assert "'s3'" not in loaded


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_names_itself_and_the_version_of_its_sdk(package):
    from sandbox.simulators import provider_for

    provider = provider_for(package)
    assert provider.package == package
    assert provider.version[0].isdigit()
    assert provider.schema_version() == {"name": package, "version": provider.version}


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("getCallerIdentity", "get_caller_identity"),
        ("cidrIpv4", "cidr_ipv4"),
        ("getAmi", "get_ami"),
        ("ipv6Native", "ipv6_native"),
    ],
)
def test_names_of_the_wire_and_of_python_belong_together(camel, snake):
    assert sdk.snake_case(camel) == snake
    assert sdk.camel_case(snake) == camel
