"""Keys that are really minted: they never reach the disk in clear."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pulumi
import pulumi_tls as tls

from sandbox.engine.properties import Secret
from sandbox.engine.run import Engine
from sandbox.simulators import provider_for


def program() -> None:
    provider = tls.Provider("keys")
    options = pulumi.ResourceOptions(provider=provider)
    key = tls.PrivateKey("ca", algorithm="ECDSA", ecdsa_curve="P256", opts=options)
    subject = tls.SelfSignedCertSubjectArgs(common_name="ca")
    tls.SelfSignedCert(
        "ca",
        private_key_pem=key.private_key_pem,
        subject=subject,
        validity_period_hours=1,
        allowed_uses=["cert_signing"],
        opts=options,
    )
    pulumi.export("key", key.private_key_pem)
    pulumi.export("public", key.public_key_pem)


def test_a_minted_private_key_is_in_no_file_of_the_state(tmp_path: Path) -> None:
    state = tmp_path / "dev" / "state.json"
    journals: list[bytes] = []

    def watch(_event: object) -> None:
        if state.with_suffix(".journal").exists():
            journals.append(state.with_suffix(".journal").read_bytes())

    engine = Engine(tmp_path, "dev", provider_for, state_path=state, program=program, project="p", on_event=watch)
    result = engine.up()
    assert result.ok, result.problems
    secret = result.outputs["key"]
    assert isinstance(secret, Secret)
    pem: str = secret.reveal()
    assert "PRIVATE KEY" in pem
    written = [file.read_bytes() for file in state.parent.iterdir()] + journals
    assert any(b"BEGIN PUBLIC KEY" in text for text in written)
    line = pem.splitlines()[1]
    for text in written:
        assert b"PRIVATE KEY" not in text
        assert line.encode() not in text
        assert b64encode(pem.encode())[:40] not in text
    assert line not in repr(result)


def test_a_key_is_minted_once_and_then_kept(tmp_path: Path) -> None:
    state = tmp_path / "dev" / "state.json"
    engine = Engine(tmp_path, "dev", provider_for, state_path=state, program=program, project="p")
    first, second = engine.up(), engine.up()
    assert first.outputs == second.outputs
    assert {str(step.op) for step in second.steps} == {"same"}
    assert first.durations.provider["tls:index/privateKey:PrivateKey"] > 0
