"""The shell functions by which a node speaks to AWS, run in a real shell with a curl of ours before the real one on PATH."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from adapters import specs
from adapters.aws.node_hooks import FUNCTIONS, settings
from adapters.records import NodeHooks
from tests.adapters.aws import parts
from tests.support.recording import record, value_of

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
ACCESS_KEY, SECRET_KEY, TOKEN, METADATA_TOKEN = "ASIAEXAMPLE", "secret/key+of=role", "session-token==", "imds-token"
KEY_JSON = json.dumps({"AccessKeyId": ACCESS_KEY, "SecretAccessKey": SECRET_KEY, "Token": TOKEN})
METADATA = {
    "latest/api/token": METADATA_TOKEN,
    "latest/meta-data/iam/security-credentials/": "um-aws-test-server",
    "latest/meta-data/iam/security-credentials/um-aws-test-server": KEY_JSON,
    "latest/meta-data/local-hostname": "i-0abc.ap-northeast-2.compute.internal acme.internal",
    "latest/meta-data/placement/availability-zone": "ap-northeast-2a",
    "latest/meta-data/instance-id": "i-0abc",
}
CURL = f"""#!{sys.executable} -IS
import json, os, sys
arguments = sys.argv[1:]
given = "" if sys.stdin.isatty() else sys.stdin.read() if "--config" in arguments else ""
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps({{"arguments": arguments, "stdin": given}}) + "\\n")
world = json.load(open(os.environ["WORLD"]))
url = arguments[-1]
if "169.254.169.254" in url:
    path = url.split("169.254.169.254/")[1]
    token = "X-aws-ec2-metadata-token: " + world["token"]
    if "api/token" not in path and token not in given:
        sys.exit(22)
    if path not in world["metadata"]:
        sys.exit(22)
    print(world["metadata"][path], end="")
elif world["real"]:
    os.execv(world["real"], [world["real"], *arguments]) if not given else None
    import subprocess
    sys.exit(subprocess.run([world["real"], *arguments], input=given, text=True).returncode)
elif world["answer"] is None:
    sys.exit(28)
else:
    body, status = world["answer"]
    print(body + "\\n" + str(status), end="")
"""


@dataclass
class Node:
    """A machine whose metadata service and AWS answer as told."""

    folder: Path
    shell: str
    metadata: dict[str, str] = field(default_factory=lambda: dict(METADATA))
    answer: tuple[str, int] | None = None
    real: str | None = None
    url: str = "https://bucket.s3.ap-northeast-2.amazonaws.com"

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        bin_ = self.folder / "bin"
        bin_.mkdir(exist_ok=True)
        (bin_ / "curl").write_text(CURL)
        (bin_ / "curl").chmod(0o755)
        world = {"metadata": self.metadata, "answer": self.answer, "token": METADATA_TOKEN, "real": self.real}
        (self.folder / "world").write_text(json.dumps(world))
        names = {
            "AWS_HOOKS_REGION": "ap-northeast-2",
            "AWS_HOOKS_SECRETS_URL": f"{self.url}/"
            if self.real
            else "https://secretsmanager.ap-northeast-2.amazonaws.com/",
            "AWS_HOOKS_SECRETS": "unifiedmeta/aws-test",
            "AWS_HOOKS_CLAIM": f"{self.url}/cluster/um-7f3a/claim",
        }
        script = f"set -eu\n{settings(names)}{FUNCTIONS.read_text()}\n{command}\n"
        environment = {
            "PATH": f"{bin_}:/usr/bin:/bin",
            "CALLS": str(self.folder / "calls"),
            "WORLD": str(self.folder / "world"),
        }
        return subprocess.run(
            [self.shell, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture(params=SHELLS)
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Node:
    return Node(tmp_path, request.param)


def test_a_secret_is_printed_exactly(node: Node) -> None:
    value = '{"token": "K10abc::server:x", "key": "-----BEGIN\\nEC\\\\"}'
    node.answer = (json.dumps({"ARN": "arn:…", "SecretString": value}), 200)
    done = node.run("cloud_secret rke2-server-join")
    assert (done.returncode, done.stdout, done.stderr) == (0, value, "")
    (request,) = [c for c in node.calls() if "--aws-sigv4" in c["arguments"]]
    assert json.loads(request["arguments"][request["arguments"].index("--data-binary") + 1]) == {
        "SecretId": "unifiedmeta/aws-test/rke2-server-join"
    }


@pytest.mark.parametrize(
    "answer",
    [('{"__type":"AccessDeniedException","Message":"no"}', 400), ("", 503), None, ("<html>", 200), ("{}", 200)],
)
def test_a_secret_that_is_refused_or_does_not_come_is_exit_1_and_prints_nothing(node: Node, answer: Any) -> None:
    node.answer = answer
    done = node.run("cloud_secret rke2-server-join")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_refusal_names_the_secret_and_the_error_code(node: Node) -> None:
    node.answer = ('{"__type":"ResourceNotFoundException","Message":"Secrets Manager can\'t find it"}', 400)
    done = node.run("cloud_secret rke2-server-join")
    assert (
        done.stderr == "the secret unifiedmeta/aws-test/rke2-server-join: AWS answers 400 ResourceNotFoundException\n"
    )


def test_credentials_and_tokens_never_stand_in_an_argument_or_in_what_is_logged(node: Node) -> None:
    node.answer = ('{"__type":"AccessDeniedException"}', 400)
    printed = ""
    for command in (
        "cloud_secret x",
        "cloud_claim_get",
        "cloud_claim_put /dev/null",
        "cloud_node_name",
        "cloud_provider_id",
    ):
        done = node.run(command)
        printed += done.stdout + done.stderr
    arguments = json.dumps([c["arguments"] for c in node.calls()])
    for secret in (ACCESS_KEY, SECRET_KEY, TOKEN, METADATA_TOKEN):
        assert secret not in arguments
        assert secret not in printed
    signed = [c for c in node.calls() if "--aws-sigv4" in c["arguments"]]
    assert len(signed) == 3
    assert all(
        f'user = "{ACCESS_KEY}:{SECRET_KEY}"\nheader = "x-amz-security-token: {TOKEN}"\n' == c["stdin"] for c in signed
    )


def test_nothing_of_a_machines_own_curl_configuration_or_proxy_gets_between_it_and_its_metadata(node: Node) -> None:
    node.run("cloud_node_name")
    for call in node.calls():
        assert call["arguments"][0] == "--disable"
        assert call["arguments"][call["arguments"].index("--noproxy") + 1] == "*"


def test_every_request_has_a_time_limit(node: Node) -> None:
    node.answer = ("", 503)
    node.run("cloud_claim_get || cloud_secret x || :")
    assert all({"--connect-timeout", "--max-time"} <= set(c["arguments"]) for c in node.calls())


def test_the_claim_is_printed(node: Node) -> None:
    node.answer = ("ca=abc\nuuid=def", 200)
    done = node.run("cloud_claim_get")
    assert (done.returncode, done.stdout) == (0, "ca=abc\nuuid=def\n")


NO_SUCH_KEY = '<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code><Key>cluster/um-7f3a/claim</Key></Error>'


def test_only_s3s_own_word_that_there_is_no_such_object_is_certain(node: Node) -> None:
    node.answer = (NO_SUCH_KEY, 404)
    assert node.run("cloud_claim_get").returncode == 4


@pytest.mark.parametrize(
    "answer",
    [
        ("<Error><Code>AccessDenied</Code></Error>", 403),
        ("<Error><Code>NoSuchBucket</Code></Error>", 404),
        ("not found, says some proxy", 404),
        ("<Error><Code>SlowDown</Code></Error>", 503),
        ("<Error><Code>InternalError</Code></Error>", 500),
        (NO_SUCH_KEY, 200 + 300),
        None,
    ],
)
def test_whatever_else_s3_answers_it_is_not_known_whether_there_is_a_claim(node: Node, answer: Any) -> None:
    node.answer = answer
    done = node.run("cloud_claim_get")
    assert done.returncode not in {0, 4}
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (("", 200), 0),
        (("<Error><Code>PreconditionFailed</Code></Error>", 412), 5),
        (("<Error><Code>ConditionalRequestConflict</Code></Error>", 409), 1),
        (("<Error><Code>AccessDenied</Code></Error>", 403), 1),
        (("", 503), 1),
        (None, 1),
    ],
)
def test_a_put_was_ours_somebody_elses_or_it_is_not_known(node: Node, answer: Any, code: int) -> None:
    node.answer = answer
    (node.folder / "claim").write_text("ca=abc\nuuid=def\n")
    assert node.run(f"cloud_claim_put {node.folder}/claim").returncode == code
    (request,) = [c["arguments"] for c in node.calls() if "--aws-sigv4" in c["arguments"]]
    assert "If-None-Match: *" in request
    assert request[request.index("--request") + 1] == "PUT"


def test_without_metadata_nothing_is_known_and_nothing_is_claimed(node: Node) -> None:
    node.metadata = {}
    node.answer = (NO_SUCH_KEY, 404)
    for command in (
        "cloud_secret x",
        "cloud_claim_get",
        "cloud_claim_put /dev/null",
        "cloud_node_name",
        "cloud_provider_id",
    ):
        done = node.run(command)
        assert (done.returncode, done.stdout) == (1, ""), command


def test_credentials_that_are_none_are_an_error_without_a_traceback(node: Node) -> None:
    node.metadata["latest/meta-data/iam/security-credentials/um-aws-test-server"] = (
        '{"Code": "AssumeRoleUnauthorizedAccess"}'
    )
    done = node.run("cloud_claim_get")
    assert done.returncode == 1
    assert done.stderr == "the metadata service gives no credentials for the role of this machine\n"


def test_a_node_is_named_by_its_resource_name_even_where_the_network_adds_a_domain(node: Node) -> None:
    assert node.run("cloud_node_name").stdout == "i-0abc.ap-northeast-2.compute.internal\n"


def test_the_provider_id_is_what_the_cloud_controller_computes(node: Node) -> None:
    assert node.run("cloud_provider_id").stdout == "aws:///ap-northeast-2a/i-0abc\n"


def test_a_function_changes_nothing_in_its_caller(node: Node) -> None:
    node.answer = ("{}", 503)
    done = node.run('answer=mine service=mine; cloud_claim_get || :; printf "%s %s" "$answer" "$service"')
    assert done.stdout == "mine mine"


def test_the_functions_are_clean_in_shellcheck() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, "--severity=style", FUNCTIONS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# Signatures, checked by the rules of AWS Signature Version 4 and not by what curl thinks of them.
class Aws(HTTPServer):
    """Answers only to requests that are signed rightly; keeps one object."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.object: bytes | None = None


class Handler(BaseHTTPRequestHandler):
    server: Aws

    def log_message(self, *_: Any) -> None: ...

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def signed(self, service: str, body: bytes) -> bool:
        fields = dict(part.strip().split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(","))
        names = fields["SignedHeaders"].split(";")
        required = {"host", "x-amz-date", "x-amz-security-token", *(["if-none-match"] if self.command == "PUT" else [])}
        if not required <= set(names) or self.headers["x-amz-security-token"] != TOKEN:
            return False
        digest = hashlib.sha256(body).hexdigest()
        if service == "s3" and self.headers["x-amz-content-sha256"] != digest:
            return False
        headers = "".join(f"{n}:{self.headers[n].strip()}\n" for n in names)
        canonical = "\n".join([self.command, self.path, "", headers, ";".join(names), digest])
        day, region = self.headers["x-amz-date"][:8], "ap-northeast-2"
        scope = f"{day}/{region}/{service}/aws4_request"
        text = "\n".join(
            ["AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = f"AWS4{SECRET_KEY}".encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return fields["Credential"] == f"{ACCESS_KEY}/{scope}" and hmac.compare_digest(expected, fields["Signature"])

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.body()
        if not self.signed("secretsmanager", body):
            return self.answer(400, b'{"__type":"InvalidSignatureException"}')
        return self.answer(200, json.dumps({"SecretString": f"value of {json.loads(body)['SecretId']}"}).encode())

    def do_GET(self) -> None:
        if not self.signed("s3", b""):
            return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return self.answer(200, self.server.object) if self.server.object else self.answer(404, NO_SUCH_KEY.encode())

    def do_PUT(self) -> None:
        body = self.body()
        if not self.signed("s3", body):
            return self.answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if self.server.object is not None:
            return self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        self.server.object = body
        return self.answer(200)


@pytest.fixture
def signed_node(node: Node) -> Iterator[Node]:
    node.real = shutil.which("curl")
    help_ = subprocess.run([node.real or "false", "--help", "all"], capture_output=True, text=True, check=False).stdout
    if "--aws-sigv4" not in help_:
        pytest.skip("this machine's curl cannot sign requests")
    server = Aws()
    Thread(target=server.serve_forever, daemon=True).start()
    node.url = f"http://127.0.0.1:{server.server_port}"
    yield node
    server.shutdown()
    server.server_close()


def test_a_claim_is_made_once_and_read_back_with_right_signatures(signed_node: Node) -> None:
    (signed_node.folder / "claim").write_text("ca=abc\nuuid=def\n")
    put = f"cloud_claim_put {signed_node.folder}/claim"
    assert signed_node.run("cloud_claim_get").returncode == 4
    assert signed_node.run(put).returncode == 0
    assert signed_node.run(put).returncode == 5
    assert signed_node.run("cloud_claim_get").stdout == "ca=abc\nuuid=def\n"


def test_a_secret_is_fetched_with_a_right_signature(signed_node: Node) -> None:
    assert signed_node.run("cloud_secret rke2-agent-join").stdout == "value of unifiedmeta/aws-test/rke2-agent-join"


def test_a_wrong_key_is_refused_so_that_the_two_tests_above_can_fail(signed_node: Node) -> None:
    wrong = json.dumps({"AccessKeyId": ACCESS_KEY, "SecretAccessKey": "wrong", "Token": TOKEN})
    signed_node.metadata["latest/meta-data/iam/security-credentials/um-aws-test-server"] = wrong
    done = signed_node.run("cloud_claim_get")
    assert (done.returncode, done.stderr) == (1, "reading the claim: AWS answers 403 SignatureDoesNotMatch\n")


# What is rendered.
def rendered() -> tuple[str, dict[str, Any], NodeHooks]:
    def program() -> None:
        from adapters.aws.node_hooks import node_hooks

        spec = specs.HooksSpec(
            cluster_id=parts.out("um-7f3a"), backups=parts.bucket(), backups_key=parts.key("backups")
        )
        made.append(node_hooks(parts.adapter(), spec))

    made: list[NodeHooks] = []
    record(program)
    config: Any = made[0].rke2_server_config
    return str(value_of(made[0].functions)), value_of(config), made[0]


def test_the_stacks_names_stand_before_the_functions() -> None:
    functions, _, hooks = rendered()
    assert functions.splitlines()[:4] == [
        "AWS_HOOKS_REGION=ap-northeast-2",
        "AWS_HOOKS_SECRETS_URL=https://secretsmanager.ap-northeast-2.amazonaws.com/",
        "AWS_HOOKS_SECRETS=unifiedmeta/aws-test",
        "AWS_HOOKS_CLAIM=https://um-aws-test-backups-1234.s3.ap-northeast-2.amazonaws.com/cluster/um-7f3a/claim",
    ]
    assert "cloud_secret()" in functions
    assert hooks.packages == ("curl",)


def test_snapshots_go_to_the_backup_bucket_by_the_servers_own_role_without_keys() -> None:
    _, config, _ = rendered()
    assert config == {
        "etcd-s3": True,
        "etcd-s3-endpoint": "s3.ap-northeast-2.amazonaws.com",
        "etcd-s3-region": "ap-northeast-2",
        "etcd-s3-bucket": "um-aws-test-backups-1234",
        "etcd-s3-folder": "etcd/um-7f3a",
        "etcd-s3-retention": 28,
    }


def test_the_name_is_said_outright_because_rke2s_own_look_up_falls_back_to_the_host_name_without_a_word() -> None:
    _, _, hooks = rendered()
    assert hooks.rke2_config == {}


def test_no_key_of_the_cloud_is_in_the_functions() -> None:
    functions, _, _ = rendered()
    assert not any(word in functions for word in ("AKIA", "ASIA", "aws_secret_access_key"))
