"""The parts of the node scripts whose meaning hangs on a tool's own behaviour, run with the real tool: curl, blkid, mkfs.ext4."""

from __future__ import annotations

import base64
import hashlib
import http.server
import ipaddress
import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from components.rke2 import cloud_init

SCRIPTS = Path(cloud_init.__file__).parent / "scripts"
HOST = f"127.93.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
"""A loopback address of this process's own: RKE2's port on it is free, whoever else runs these tests."""
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def shell(root: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`command` with the scripts' functions around it."""
    parts = "".join(f'. "{SCRIPTS}/{name}.sh"\n' for name in ("lib", "disk", "secrets", "join"))
    place = f'LIBEXEC="{SCRIPTS}"\n'
    return subprocess.run(
        ["/bin/bash", "-c", f"set -eu\n{parts}{place}{command}"],
        env={"PATH": PATH, "ROOT": str(root), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Authority:
    """A CA, and a server certificate from it."""

    def __init__(self, name: str, place: Path, address: str = HOST) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        certificate = (
            self._builder(subject, subject, key).add_extension(basic, critical=True).sign(key, hashes.SHA256())
        )
        self.pem = certificate.public_bytes(Encoding.PEM)
        own = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        leaf = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rke2")]), subject, own)
        served = leaf.add_extension(names, critical=False).sign(key, hashes.SHA256())
        self.file = place / f"{name}.pem"
        secret = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.file.write_bytes(secret + served.public_bytes(Encoding.PEM))

    @staticmethod
    def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.pem).hexdigest()


@contextmanager
def supervisor(serving: Authority, cacerts: bytes) -> Iterator[list[str | None]]:
    """RKE2's supervisor, as far as joining sees it; yields the logins that it was sent."""
    logins: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = self.headers.get("Authorization")
            logins.append(login)
            good = "Basic " + base64.b64encode(b"server:pass-word").decode()
            status = 200 if self.path == "/cacerts" or login == good else 401
            self.send_response(status)
            self.end_headers()
            self.wfile.write(cacerts if self.path == "/cacerts" else b"ok")

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer((HOST, 9345), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(serving.file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield logins
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    token = tmp_path / "etc/rancher/rke2/config.yaml.d/50-token.yaml"
    token.parent.mkdir(parents=True)
    token.write_text(json.dumps({"token": f"K10{'0' * 64}::server:pass-word"}))
    return tmp_path


def test_a_server_with_our_ca_is_told_from_one_with_another_and_from_silence(root: Path) -> None:
    ours, other = Authority("ours", root), Authority("other", root)
    with supervisor(ours, ours.pem):
        assert shell(root, f"probe {HOST}", CA_HASH=ours.digest).returncode == 0
        assert shell(root, f"probe {HOST}", CA_HASH=other.digest).returncode == 2
    assert shell(root, f"probe {HOST}", CA_HASH=ours.digest).returncode == 1


def test_a_ready_server_is_recognised_by_a_login_with_the_join_token(root: Path) -> None:
    ours = Authority("ours", root)
    with supervisor(ours, ours.pem) as logins:
        done = shell(root, f"probe {HOST} && alive {HOST}", CA_HASH=ours.digest)
        assert done.returncode == 0, done.stderr
        assert logins == [None, "Basic " + base64.b64encode(b"server:pass-word").decode()]


def test_the_password_is_not_sent_to_a_machine_that_only_repeats_our_ca(root: Path) -> None:
    ours, intruder = Authority("ours", root), Authority("intruder", root)
    with supervisor(intruder, ours.pem) as logins:
        done = shell(root, f"probe {HOST} && alive {HOST}", CA_HASH=ours.digest)
        assert done.returncode != 0
        assert logins == [None]


def disk(root: Path) -> Path:
    image = root / "disk"
    with image.open("wb") as file:
        file.truncate(16 * 1024 * 1024)
    return image


needs_mkfs = pytest.mark.skipif(
    not (shutil.which("mkfs.ext4", path=PATH) and shutil.which("blkid", path=PATH)),
    reason="mkfs.ext4 or blkid is not installed",
)


def label(root: Path) -> tuple[int, str]:
    done = shell(root, "disk_label", ETCD_DEVICE="/disk")
    return done.returncode, done.stdout


@needs_mkfs
def test_an_empty_disk_is_told_from_one_with_a_file_system(root: Path) -> None:
    image = disk(root)
    assert label(root) == (0, "")
    subprocess.run(["mkfs.ext4", "-q", image], env={"PATH": PATH}, check=True)
    assert label(root) == (0, "none")
    subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "um-etcd", image], env={"PATH": PATH}, check=True)
    assert label(root) == (0, "um-etcd")


@needs_mkfs
def test_a_disk_with_partitions_is_not_empty(root: Path) -> None:
    image = disk(root)
    table = bytearray(512)
    table[446:462] = bytes([0x80, 0, 2, 0, 0x83, 0, 3, 0, 1, 0, 0, 0, 0, 0x40, 0, 0])
    table[510:] = b"\x55\xaa"
    with image.open("r+b") as file:
        file.write(table)
    assert label(root) == (0, "none")


@needs_mkfs
def test_a_disk_that_cannot_be_read_gives_no_answer(root: Path) -> None:
    assert label(root)[0] != 0, "blkid alone says that there is nothing on it"


@needs_mkfs
def test_a_file_systems_uuid_is_what_the_claim_will_hold(root: Path) -> None:
    image = disk(root)
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    subprocess.run(["mkfs.ext4", "-q", "-U", uuid, image], env={"PATH": PATH}, check=True)
    assert shell(root, "disk_uuid", ETCD_DEVICE="/disk").stdout == uuid
