"""Make a self-signed certificate, so that HTTPS works before there is a real one:

    .venv/bin/python scripts/certificate.py FOLDER [HOST ...]

Writes fullchain.pem and privkey.pem. Files that are there are left alone. Browsers warn of such a
certificate; docs/deploy.md says how to replace it.
"""

import datetime
import ipaddress
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFE = datetime.timedelta(days=397)  # browsers accept no longer one


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("Give the folder for the certificate.")
    folder = Path(sys.argv[1])
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    if certificate.exists() and key.exists():
        print(f"{certificate} is there already.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    key_bytes, certificate_bytes = self_signed(sys.argv[2:] or ["localhost"])
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key_bytes)
    certificate.write_bytes(certificate_bytes)
    print(f"Made a self-signed certificate: {certificate}")


def self_signed(hosts: list[str]) -> tuple[bytes, bytes]:
    """The private key and the certificate for these hosts, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return (
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        certificate.public_bytes(pem),
    )  # fmt: skip


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


if __name__ == "__main__":
    main()
