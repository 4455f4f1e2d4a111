"""The TLS provider. Keys are random, as they must be: only their form is the same in two runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.provider import UNKNOWN, CheckFailure, Diff, Live, PropertyMap, Provider, ProviderError
from sandbox.simulators import sdk_shapes
from sandbox.simulators.base import Simulator
from sandbox.simulators.definition import Check, conflicts, exactly_one, one_of
from sandbox.simulators.tls import certificates, keys
from sandbox.simulators.world import World

KEY: Final = "tls:index/privateKey:PrivateKey"
REQUEST: Final = "tls:index/certRequest:CertRequest"
SELF_SIGNED: Final = "tls:index/selfSignedCert:SelfSignedCert"
LOCALLY_SIGNED: Final = "tls:index/locallySignedCert:LocallySignedCert"

_COMPUTED: Final = {
    KEY: (
        "privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh",
        "publicKeyFingerprintMd5", "publicKeyFingerprintSha256",
    ),
    REQUEST: ("certRequestPem", "keyAlgorithm"),
    SELF_SIGNED: ("certPem", "keyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"),
    LOCALLY_SIGNED: ("certPem", "caKeyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"),
}  # fmt: skip
_DEFAULTS: Final[dict[str, PropertyMap]] = {
    KEY: {"ecdsaCurve": "P224", "rsaBits": 2048},
    REQUEST: {},
    SELF_SIGNED: {
        "earlyRenewalHours": 0,
        "isCaCertificate": False,
        "setAuthorityKeyId": False,
        "setSubjectKeyId": False,
    },
    LOCALLY_SIGNED: {"earlyRenewalHours": 0, "isCaCertificate": False, "setSubjectKeyId": False},
}
_SECRETS: Final = {
    KEY: frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}),
    REQUEST: frozenset({"privateKeyPem"}),
    SELF_SIGNED: frozenset({"privateKeyPem"}),
    LOCALLY_SIGNED: frozenset({"caPrivateKeyPem"}),
}
_WRITE_ONLY: Final = frozenset({"privateKeyPemWo", "caPrivateKeyPemWo"})
_SMALLEST_RSA: Final = 1024
_IN_PLACE: Final = frozenset({"earlyRenewalHours", "readyForRenewal"})


def _uses(inputs: PropertyMap) -> Iterable[CheckFailure]:
    known = {*certificates.KEY_USES, *certificates.EXTENDED_USES}
    for index, use in enumerate(inputs.get("allowedUses") or []):
        if isinstance(use, str) and use not in known:
            yield CheckFailure(f"allowedUses[{index}]", f"value must be one of {sorted(known)}, got: {use!r}")


def _hours(inputs: PropertyMap) -> Iterable[CheckFailure]:
    for key in ("validityPeriodHours", "earlyRenewalHours"):
        if isinstance(inputs.get(key), int | float) and inputs[key] < 0:
            yield CheckFailure(key, f"value must be at least 0, got: {inputs[key]}")


def _bits(inputs: PropertyMap) -> Iterable[CheckFailure]:
    bits = inputs.get("rsaBits")
    if isinstance(bits, int | float) and bits < _SMALLEST_RSA:
        yield CheckFailure("rsaBits", f"value must be at least {_SMALLEST_RSA}, got: {bits}")


_KEY_GIVEN: Final = exactly_one("privateKeyPem", "privateKeyPemWo")
_CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    KEY: (one_of("algorithm", "RSA", "ECDSA", "ED25519"), one_of("ecdsaCurve", *keys.CURVES), _bits),
    REQUEST: (_KEY_GIVEN,),
    SELF_SIGNED: (_KEY_GIVEN, _uses, _hours),
    LOCALLY_SIGNED: (
        exactly_one("caPrivateKeyPem", "caPrivateKeyPemWo"),
        conflicts("caPrivateKeyPem", "caPrivateKeyPemWo"),
        _uses,
        _hours,
    ),
}


class TlsSimulator(Simulator):
    package = "tls"
    clock: ClassVar[Callable[[], datetime]] = lambda: datetime.now(UTC)

    def __init__(self, world: World | None = None, config: PropertyMap | None = None) -> None:
        super().__init__(world, config)
        self._make = {
            KEY: self._private_key,
            REQUEST: self._request,
            SELF_SIGNED: self._self_signed,
            LOCALLY_SIGNED: self._locally_signed,
        }

    def configure(self, inputs: PropertyMap) -> Provider:
        return TlsSimulator(self.world, sdk_shapes.decoded_config(self.package, inputs))

    def check(
        self, type_: str, urn: str, old: PropertyMap | None, new: PropertyMap
    ) -> tuple[PropertyMap, list[CheckFailure]]:
        inputs, failures = super().check(type_, urn, old, new)
        if not failures:
            failures = [failure for check in _CHECKS.get(type_, ()) for failure in check(inputs)]
        return inputs, failures

    def diff(self, type_: str, live: Live, old_inputs: PropertyMap, new_inputs: PropertyMap) -> Diff:
        """Everything replaces but the renewal window; a certificate inside it is replaced with no other change."""
        changed = super().diff(type_, live, old_inputs, new_inputs).changed
        replaces = [path for path in changed if path not in _IN_PLACE]
        if self._renewal_is_due(live.properties, new_inputs):
            replaces.append("readyForRenewal")
        return Diff(tuple(dict.fromkeys((*changed, *replaces))), tuple(replaces))

    def create(self, type_: str, urn: str, inputs: PropertyMap, *, preview: bool) -> Live:  # noqa: ARG002
        if type_ not in self._make:
            raise ProviderError(f"the sandbox does not simulate {type_}")
        properties: PropertyMap = {**_DEFAULTS[type_], **{k: v for k, v in inputs.items() if k not in _WRITE_ONLY}}
        if preview:
            return Live("", {**properties, **dict.fromkeys(_COMPUTED[type_], UNKNOWN)})
        id_, computed = self._make[type_]({**_DEFAULTS[type_], **inputs})
        return Live(id_, {**properties, **computed})

    def update(self, type_: str, urn: str, live: Live, inputs: PropertyMap, *, preview: bool) -> Live:  # noqa: ARG002
        written = {k: v for k, v in inputs.items() if k not in _WRITE_ONLY}
        return Live(live.id, {**live.properties, **_DEFAULTS[type_], **written})

    def read(self, type_: str, urn: str, id_: str, properties: PropertyMap) -> Live | None:  # noqa: ARG002
        """Nothing but the state knows a key; only whether it is time to renew is found out."""
        if not properties:
            return None
        if "readyForRenewal" in properties:
            properties = {**properties, "readyForRenewal": self._renewal_is_due(properties, properties)}
        return Live(id_, properties)

    def delete(self, type_: str, urn: str, live: Live) -> None:
        """Forgetting is all that there is."""

    def restore(self, type_: str, urn: str, live: Live) -> None:
        """There is no cloud that could know."""

    def secret_outputs(self, type_: str) -> frozenset[str]:
        return _SECRETS.get(type_, frozenset())

    def _renewal_is_due(self, properties: PropertyMap, inputs: PropertyMap) -> bool:
        end, early = properties.get("validityEndTime"), inputs.get("earlyRenewalHours") or 0
        if not isinstance(end, str) or not isinstance(early, int | float):
            return False
        return type(self).clock() >= datetime.fromisoformat(end) - timedelta(hours=early)

    def _private_key(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        key = keys.generate(inputs["algorithm"], int(inputs["rsaBits"]), inputs["ecdsaCurve"])
        return keys.key_id(key.public_key()), keys.outputs(key)

    def _request(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        key = keys.load(inputs.get("privateKeyPem") or inputs["privateKeyPemWo"])
        pem = certificates.request(key, inputs).public_bytes(Encoding.PEM).decode()
        return _digest(pem), {"certRequestPem": pem, "keyAlgorithm": keys.algorithm_of(key)}

    def _self_signed(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        key = keys.load(inputs.get("privateKeyPem") or inputs["privateKeyPemWo"])
        name, public = certificates.subject(inputs.get("subject")), key.public_key()
        authority = (
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public) if inputs.get("setAuthorityKeyId") else None
        )
        made = certificates.certificate(
            inputs=inputs,
            name=name,
            names=certificates.alternative_names(inputs),
            public=public,
            issuer=name,
            issuer_key=key,
            authority=authority,
            now=_whole_seconds(type(self).clock()),
        )
        return str(made.serial_number), {**_certificate_outputs(made), "keyAlgorithm": keys.algorithm_of(key)}

    def _locally_signed(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        csr, ca = (
            certificates.load_request(inputs["certRequestPem"]),
            certificates.load_certificate(inputs["caCertPem"]),
        )
        ca_key = keys.load(inputs.get("caPrivateKeyPem") or inputs["caPrivateKeyPemWo"])
        if ca_key.public_key() != ca.public_key():
            raise ProviderError(
                "failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
            )
        public: Any = csr.public_key()
        made = certificates.certificate(
            inputs=inputs,
            name=csr.subject,
            names=certificates.names_of(csr),
            public=public,
            issuer=ca.subject,
            issuer_key=ca_key,
            authority=certificates.authority_of(ca),
            now=_whole_seconds(type(self).clock()),
        )
        return str(made.serial_number), {**_certificate_outputs(made), "caKeyAlgorithm": keys.algorithm_of(ca_key)}


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _certificate_outputs(made: x509.Certificate) -> PropertyMap:
    return {
        "certPem": made.public_bytes(Encoding.PEM).decode(),
        "readyForRenewal": False,
        "validityStartTime": made.not_valid_before_utc.isoformat(),
        "validityEndTime": made.not_valid_after_utc.isoformat(),
    }
