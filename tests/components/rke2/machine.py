"""A machine out of a directory: its file system, the cloud around it, and a PATH whose programs only pretend.

The files are those of the rendered user data, so what is run is what a node would run. Time is a file: `sleep` moves it on, six times as far
as it was asked to so that half an hour is over soon, and lets the events happen that are due.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import yaml

from components.rke2 import cloud_init
from components.rke2.cloud_init import NodeSpec
from tests.components.rke2.specs import VERSION

CA = "-----BEGIN CERTIFICATE-----\nthis cluster's server CA\n-----END CERTIFICATE-----\n"
OTHER_CA = CA.replace("this", "another")
CA_HASH = hashlib.sha256(CA.encode()).hexdigest()
SECRETS = ("server-password", "agent-password", "private-key-of-the-ca")
SERVER_BUNDLE = {
    "config": {"token": f"K10{CA_HASH}::server:server-password", "agent-token": "agent-password"},
    "tls": {"server-ca.crt": CA, "server-ca.key": "private-key-of-the-ca", "etcd/peer-ca.crt": "peer CA"},
}
AGENT_BUNDLE = {"config": {"token": f"K10{CA_HASH}::node:agent-password"}}

HOOKS = """\
cloud_secret() { [ ! -e "$FAKE/secrets-down" ] && cat "$FAKE/secrets/$1"; }
cloud_claim_get() {
  [ ! -e "$FAKE/objects-down" ] || return 1
  [ -e "$FAKE/claim" ] || return 4
  cat "$FAKE/claim"
}
cloud_claim_put() {
  [ ! -e "$FAKE/objects-down" ] || return 1
  if [ -e "$FAKE/rival-claim" ]; then mv "$FAKE/rival-claim" "$FAKE/claim"; fi
  [ ! -e "$FAKE/claim" ] || return 5
  cp "$1" "$FAKE/claim"
  if [ -e "$FAKE/claim-answer-lost" ]; then rm "$FAKE/claim-answer-lost"; return 1; fi
}
cloud_node_name() { cat "$FAKE/node-name"; }
cloud_provider_id() { cat "$FAKE/provider-id"; }
"""

PROGRAMS = {
    "date": 'if [ "$1" = +%s ]; then cat "$FAKE/clock"; else echo 2026-01-01T00:00:00Z; fi',
    "sleep": 'echo $(($(cat "$FAKE/clock") + 6 * $1)) >"$FAKE/clock.new"; mv "$FAKE/clock.new" "$FAKE/clock"; . "$FAKE/events"',
    "systemctl": ":",
    "udevadm": ":",
    "sysctl": ":",
    "useradd": 'touch "$FAKE/etcd-user"',
    "getent": '[ -e "$FAKE/etcd-user" ]',
    "mountpoint": '[ -L "$2" ]',
    "mount": 'for last; do :; done; rmdir "$last" && ln -s "$FAKE/disk" "$last"',
    "mkfs.ext4": 'mkdir -p "$FAKE/disk"; echo um-etcd >"$FAKE/label"; cat "$FAKE/next-uuid" >"$FAKE/uuid"',
    "blkid": """\
[ ! -e "$FAKE/blkid-code" ] || exit "$(cat "$FAKE/blkid-code")"
[ -e "$FAKE/uuid" ] || exit 2
case "$*" in *LABEL*) cat "$FAKE/label" ;; *UUID*) cat "$FAKE/uuid" ;; esac""",
    "curl": """\
output= config=
for argument; do
  case $previous in --output) output=$argument ;; --config) config=$(cat) ;; esac
  previous=$argument
done
url=${argument#https://}
host=${url%%[:/]*}
case $url in
  */cacerts) cat "$FAKE/hosts/$host/cacerts" >"$output" 2>/dev/null || exit 7 ;;
  */readyz) [ -e "$FAKE/hosts/$host/ready" ] && [ "$config" = 'user = "server:server-password"' ] || exit 22 ;;
  *) cat "$FAKE/release/${url##*/}" >"$output" 2>/dev/null || exit 22 ;;
esac""",
}


def release(directory: Path) -> None:
    """RKE2's release page: the tarball of one version, and the checksums."""
    directory.mkdir(parents=True)
    program = f"#!/bin/sh\necho 'rke2 version {VERSION} (abc)'\n"
    for machine in ("amd64", "arm64"):
        name = f"rke2.linux-{machine}.tar.gz"
        with tarfile.open(directory / name, "w:gz") as tarball:
            for path, text in (("bin/rke2", program), ("share/rke2/rke2-cis-sysctl.conf", "kernel.panic=10\n")):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(text), 0o755
                tarball.addfile(entry, io.BytesIO(text.encode()))
        digest = hashlib.sha256((directory / name).read_bytes()).hexdigest()
        (directory / f"sha256sum-{machine}.txt").write_text(f"{'0' * 64}  rke2-images.tar.gz\n{digest}  {name}\n")


@dataclass
class Run:
    code: int
    log: str
    status: dict[str, str]
    calls: list[str]

    def called(self, program: str) -> list[str]:
        return [call for call in self.calls if call.split()[0] == program]

    @property
    def started_rke2(self) -> bool:
        return any("start --no-block rke2-" in call for call in self.calls)


class Machine:
    """One node. `fake` is the cloud and the hardware, `root` the file system."""

    def __init__(self, place: Path, spec: NodeSpec, fake: Path | None = None) -> None:
        self.root, self.fake = place / "root", fake or place / "fake"
        self.spec = dataclasses.replace(spec, ca_hash=CA_HASH, hook_functions=HOOKS)
        self._cloud()
        self._programs(place / "bin")
        self._user_data()

    def _cloud(self) -> None:
        if self.fake.exists():
            return
        for directory in ("secrets", "hosts"):
            (self.fake / directory).mkdir(parents=True)
        release(self.fake / "release")
        self.tell("clock", "1000\n")
        self.tell("events", "")
        self.tell("next-uuid", "11111111-aaaa\n")
        self.tell("node-name", "node-a\n")
        self.tell("provider-id", "cloud:///zone/machine-a\n")
        self.tell("secrets/rke2-server-join", json.dumps(SERVER_BUNDLE))
        self.tell("secrets/rke2-agent-join", json.dumps(AGENT_BUNDLE))

    def _programs(self, directory: Path) -> None:
        directory.mkdir(parents=True)
        for name, body in PROGRAMS.items():
            program = directory / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >>"$FAKE/calls"\n{body}\n')
            program.chmod(0o755)
        (directory / "python3").symlink_to(Path(sys.executable).resolve())
        self._path = f"{directory}:/usr/bin:/bin"

    def _user_data(self) -> None:
        for file in yaml.safe_load(cloud_init.render(self.spec))["write_files"]:
            path = self.root / file["path"].lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["content"])
            path.chmod(int(file["permissions"], 8))
        (self.root / "etc/machine-id").write_text("machine-id-a\n")
        if self.spec.etcd_device:
            self.attach_disk()

    def attach_disk(self) -> None:
        device = self.root / self.spec.etcd_device.lstrip("/")
        device.parent.mkdir(parents=True, exist_ok=True)
        self.tell("device", "\0" * 4096)
        device.symlink_to(self.fake / "device")

    def detach_disk(self) -> None:
        (self.root / self.spec.etcd_device.lstrip("/")).unlink()

    def tell(self, name: str, text: str) -> None:
        """Set a fact of the cloud around."""
        path = self.fake / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def answers(self, host: str, ca: str = CA, *, ready: bool = True) -> None:
        """From now on a server answers at this address."""
        self.tell(f"hosts/{host}/cacerts", ca)
        if ready:
            self.tell(f"hosts/{host}/ready", "")

    def later(self, seconds: int, command: str) -> None:
        """Let something happen in the cloud after so many seconds."""
        with (self.fake / "events").open("a") as events:
            events.write(f'if [ "$(cat "$FAKE/clock")" -ge {1000 + seconds} ]; then {command}; fi\n')

    def boot(self) -> Run:
        """The node's unit runs; /run and mounts are new."""
        database = self.path("var/lib/rancher/rke2/server/db")
        if database.is_symlink():
            database.unlink()
        subprocess.run(["rm", "-rf", self.root / "run"], check=True)
        return self.run("node.sh")

    def run(self, program: str) -> Run:
        (self.fake / "calls").write_text("")
        environment = {"PATH": self._path, "ROOT": str(self.root), "FAKE": str(self.fake), "previous": ""}
        done = subprocess.run(
            ["/bin/bash", self.path(f"opt/unifiedmeta/{program}")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        status = self.path("run/unifiedmeta/status")
        facts = dict(line.split("=", 1) for line in status.read_text().splitlines()) if status.exists() else {}
        calls = (self.fake / "calls").read_text()
        for secret in SECRETS:
            assert secret not in done.stdout + calls + json.dumps(facts), "a secret was told"
        return Run(done.returncode, done.stdout, facts, calls.splitlines())

    def rke2_comes_up(self) -> Run:
        """What RKE2 does when it is started, up to the point where systemd runs ExecStartPost."""
        self.path("var/lib/rancher/rke2/server/db/etcd/member/wal").mkdir(parents=True, exist_ok=True)
        return self.run("started.sh")

    def path(self, name: str) -> Path:
        return self.root / name

    def text(self, name: str) -> str:
        return self.path(name).read_text()

    @property
    def joins(self) -> str | None:
        """The server that RKE2 is told to join; None: it starts a cluster, or goes on with its own data."""
        file = self.path("etc/rancher/rke2/config.yaml.d/60-join.yaml")
        return yaml.safe_load(file.read_text())["server"] if file.exists() else None

    @property
    def claim(self) -> dict[str, str]:
        lines = (self.fake / "claim").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def files(self) -> dict[str, str]:
        """Everything on this machine's disks that lasts."""
        found = {}
        for top in (self.root / "etc", self.root / "opt", self.root / "var", self.root / "usr", self.fake / "disk"):
            for directory, _, names in os.walk(top):
                found |= {str(p): p.read_text() for p in (Path(directory) / name for name in names) if p.is_file()}
        return found
