import base64
import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from sandbox.provider import UNKNOWN, ProviderError
from sandbox.simulators.tls import TlsSimulator
from tests.sandbox.simulators.kit import cloud, paths

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
P256 = {"algorithm": "ECDSA", "ecdsaCurve": "P256"}


@pytest.fixture
def tls():
    return cloud("tls")


def authority(tls, name="ca", **more):
    key = tls.make(KEY, name, **P256)
    inputs = {
        "privateKeyPem": key.properties["privateKeyPem"],
        "subject": {"commonName": name, "organization": "UnifiedMeta"},
        "isCaCertificate": True,
        "allowedUses": ["cert_signing", "digital_signature", "key_encipherment"],
        "validityPeriodHours": 87_600,
        **more,
    }
    return key.properties["privateKeyPem"], tls.make(SELF_SIGNED, name, **inputs).properties["certPem"]


def signed(tls, ca_key, ca_pem, name="server", request=None, **more):
    key = tls.make(KEY, name, **P256).properties["privateKeyPem"]
    names = {"dnsNames": ["api.um.example", "kubernetes"], "ipAddresses": ["10.43.0.1"], **(request or {})}
    csr = tls.make(
        REQUEST, name, privateKeyPem=key, subject={"commonName": name, "organization": "system:masters"}, **names
    )
    inputs = {
        "certRequestPem": csr.properties["certRequestPem"],
        "caCertPem": ca_pem,
        "caPrivateKeyPem": ca_key,
        "allowedUses": ["server_auth", "client_auth", "digital_signature", "key_encipherment"],
        "validityPeriodHours": 8760,
        **more,
    }
    return tls.make(SIGNED, name, **inputs)


@pytest.mark.parametrize(
    ("inputs", "header"),
    [
        ({"algorithm": "RSA", "rsaBits": 2048}, "RSA PRIVATE KEY"),
        (P256, "EC PRIVATE KEY"),
        ({"algorithm": "ECDSA"}, "EC PRIVATE KEY"),
        ({"algorithm": "ED25519"}, "PRIVATE KEY"),
    ],
)
def test_every_form_of_a_key_is_the_same_key(tls, inputs, header):
    properties = tls.make(KEY, **inputs).properties
    assert properties["privateKeyPem"].startswith(f"-----BEGIN {header}-----")
    public = {
        serialization.load_pem_private_key(properties[form].encode(), None)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        for form in ("privateKeyPem", "privateKeyPemPkcs8")
    }
    assert public == {properties["publicKeyPem"].encode()}
    if inputs == {"algorithm": "ECDSA"}:
        assert properties["publicKeyOpenssh"] == ""  # OpenSSH knows no P224
        return
    blob = base64.b64decode(properties["publicKeyOpenssh"].split()[1])
    assert properties["publicKeyFingerprintSha256"] == "SHA256:" + base64.b64encode(
        hashlib.sha256(blob).digest()
    ).decode().rstrip("=")
    assert properties["publicKeyFingerprintMd5"].replace(":", "") == hashlib.md5(blob).hexdigest()  # noqa: S324
    assert serialization.load_ssh_private_key(properties["privateKeyOpenssh"].encode(), None)


def test_keys_are_random_and_their_private_forms_secret(tls):
    one, other = tls.make(KEY, "a", **P256), tls.make(KEY, "a", **P256)
    assert one.properties["privateKeyPem"] != other.properties["privateKeyPem"]
    secret = tls.provider.secret_outputs(KEY)
    assert secret == {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    assert secret <= set(one.properties)


def test_a_preview_mints_nothing(tls):
    planned = tls.plan(KEY, **P256)
    assert planned.id == ""
    assert planned.properties["privateKeyPem"] is UNKNOWN
    assert (
        tls.plan(SELF_SIGNED, privateKeyPem=UNKNOWN, allowedUses=[], validityPeriodHours=1).properties["certPem"]
        is UNKNOWN
    )


@pytest.mark.parametrize(
    "algorithm", [{"algorithm": "RSA", "rsaBits": 2048}, P256, {"algorithm": "ECDSA", "ecdsaCurve": "P384"}]
)
def test_a_signed_certificate_verifies_up_to_its_authority_by_name_and_address(tls, algorithm):
    key = tls.make(KEY, "root", **algorithm).properties["privateKeyPem"]
    _, ca_pem = key, tls.make(
        SELF_SIGNED, "root", privateKeyPem=key, isCaCertificate=True, subject={"commonName": "root"},
        allowedUses=["cert_signing", "crl_signing"], validityPeriodHours=87_600,
    ).properties["certPem"]  # fmt: skip
    leaf = x509.load_pem_x509_certificate(signed(tls, key, ca_pem).properties["certPem"].encode())
    store = Store([x509.load_pem_x509_certificate(ca_pem.encode())])
    for subject in (x509.DNSName("api.um.example"), x509.IPAddress(ip_address("10.43.0.1"))):
        chain = PolicyBuilder().store(store).build_server_verifier(subject).verify(leaf, [])
        assert len(chain) == 2
    with pytest.raises(VerificationError):
        PolicyBuilder().store(store).build_server_verifier(x509.DNSName("other.example")).verify(leaf, [])


def test_an_intermediate_authority_verifies_and_a_stranger_does_not(tls):
    root_key, root_pem = authority(tls, "root")
    middle_key = tls.make(KEY, "middle", **P256).properties["privateKeyPem"]
    csr = tls.make(REQUEST, "middle", privateKeyPem=middle_key, subject={"commonName": "middle"}).properties[
        "certRequestPem"
    ]
    middle_pem = tls.make(
        SIGNED, "middle", certRequestPem=csr, caCertPem=root_pem, caPrivateKeyPem=root_key, isCaCertificate=True,
        allowedUses=["cert_signing"], validityPeriodHours=43_800, maxPathLength=0,
    ).properties["certPem"]  # fmt: skip
    leaf = x509.load_pem_x509_certificate(signed(tls, middle_key, middle_pem).properties["certPem"].encode())
    middle = x509.load_pem_x509_certificate(middle_pem.encode())
    assert middle.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(
        ca=True, path_length=0
    )
    name = x509.DNSName("kubernetes")
    roots = Store([x509.load_pem_x509_certificate(root_pem.encode())])
    assert len(PolicyBuilder().store(roots).build_server_verifier(name).verify(leaf, [middle])) == 3
    stranger = Store([x509.load_pem_x509_certificate(authority(tls, "stranger")[1].encode())])
    with pytest.raises(VerificationError):
        PolicyBuilder().store(stranger).build_server_verifier(name).verify(leaf, [middle])


def test_a_certificate_says_what_it_was_asked_to_say(tls):
    ca_key, ca_pem = authority(tls)
    live = signed(tls, ca_key, ca_pem, setSubjectKeyId=True)
    leaf = x509.load_pem_x509_certificate(live.properties["certPem"].encode())
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "server"
    assert leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "system:masters"
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(uses) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.key_encipherment, usage.value.key_cert_sign) == (
        True,
        True,
        False,
    )
    assert leaf.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(hours=8760)
    assert live.properties["validityEndTime"] == leaf.not_valid_after_utc.isoformat()
    without = x509.load_pem_x509_certificate(signed(tls, ca_key, ca_pem, "plain").properties["certPem"].encode())
    with pytest.raises(x509.ExtensionNotFound):
        without.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)


def test_an_authority_names_itself_when_it_is_told_to(tls):
    _, pem = authority(tls, setSubjectKeyId=True, setAuthorityKeyId=True)
    ca = x509.load_pem_x509_certificate(pem.encode())
    own = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert ca.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own.key_identifier
    _, bare = authority(tls, "bare")
    with pytest.raises(x509.ExtensionNotFound):
        x509.load_pem_x509_certificate(bare.encode()).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_a_key_that_is_not_the_authoritys_cannot_sign_for_it(tls):
    _, ca_pem = authority(tls)
    other_key, _ = authority(tls, "other")
    with pytest.raises(ProviderError, match="doesn't match parent's PublicKey"):
        signed(tls, other_key, ca_pem)


def test_what_is_no_key_is_refused_without_repeating_it(tls):
    with pytest.raises(ProviderError) as error:
        tls.make(SELF_SIGNED, privateKeyPem="hunter2", allowedUses=[], validityPeriodHours=1)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("type_", "inputs", "where"),
    [
        (KEY, {"algorithm": "DSA"}, ["algorithm"]),
        (KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P111"}, ["ecdsaCurve"]),
        (KEY, {"algorithm": "RSA", "rsaBits": 512}, ["rsaBits"]),
        (SELF_SIGNED, {"privateKeyPem": "k", "allowedUses": ["sign"], "validityPeriodHours": 1}, ["allowedUses[0]"]),
        (SELF_SIGNED, {"allowedUses": [], "validityPeriodHours": 1}, ["privateKeyPem"]),
        (SELF_SIGNED, {"privateKeyPem": "k", "allowedUses": [], "validityPeriodHours": -1}, ["validityPeriodHours"]),
        (REQUEST, {"privateKeyPem": "k", "subject": {"comonName": "x"}}, ["subject.comonName"]),
    ],
)
def test_wrong_inputs_are_named(tls, type_, inputs, where):
    assert paths(tls.failures(type_, **inputs)) == where


def test_every_change_but_the_renewal_window_mints_anew(tls):
    key = tls.make(KEY, **P256)
    assert tls.diff(KEY, key, algorithm="ECDSA", ecdsaCurve="P384").replaces == ("ecdsaCurve",)
    ca_key, _ = authority(tls)
    base = {"privateKeyPem": ca_key, "allowedUses": ["cert_signing"], "validityPeriodHours": 100}
    made = tls.make(SELF_SIGNED, "c", **base)
    assert tls.diff(SELF_SIGNED, made, "c", **base).changed == ()
    assert tls.diff(SELF_SIGNED, made, "c", **base, earlyRenewalHours=10).replaces == ()
    assert tls.diff(SELF_SIGNED, made, "c", **base, dnsNames=["a"]).replaces == ("dnsNames[0]",)


def test_a_certificate_is_renewed_inside_its_window_and_not_before(tls, monkeypatch):
    ca_key, ca_pem = authority(tls)
    live = signed(tls, ca_key, ca_pem, earlyRenewalHours=720)
    inputs = tls.inputs[live.id]
    late = datetime.now(UTC) + timedelta(hours=8760 - 719)
    for now, replaces in ((late - timedelta(hours=2), ()), (late, ("readyForRenewal",))):
        monkeypatch.setattr(TlsSimulator, "clock", staticmethod(lambda now=now: now))
        assert tls.provider.diff(SIGNED, live, inputs, inputs).replaces == replaces
        read = tls.provider.read(SIGNED, "urn", live.id, live.properties)
        assert read.properties["readyForRenewal"] is bool(replaces)
