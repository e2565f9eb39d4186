import os
import ssl
from pathlib import Path

import pytest
from scrapy.exceptions import NotConfigured
from scrapy.utils.test import get_crawler

from travelcrawl.errors import UsageError
from travelcrawl.extensions.trust import Trust


def build(path: object) -> Trust:
    return Trust.from_crawler(get_crawler(settings_dict={"TRAVELCRAWL_CA_FILE": str(path)}))


def test_the_systems_authorities_stay_trusted(monkeypatch: pytest.MonkeyPatch, ca_file: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")
    build(ca_file)
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    names = [dict(part[0] for part in cert["subject"]) for cert in context.get_ca_certs()]
    assert {"commonName": "a test's authority"} in names


def test_off_where_no_file_is_named() -> None:
    with pytest.raises(NotConfigured):
        build("")


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "none.pem"):
        with pytest.raises(UsageError, match="holds no PEM certificate"):
            build(path)


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's authority")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "authority.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path
