"""Signs in with certificates of every form, and checks each assertion with another library.

    assertion.py BINARY

Needs the PyPI package `cryptography`. Keys and certificates are fresh, in a folder that vanishes. The
binary signs in as it would to Azure; the only difference is a proxy that answers in Azure's place, under
a certificate authority of its own.
"""

import base64
import datetime
import hashlib
import http.server
import json
import os
import pathlib
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
AUTHORITY = "login.microsoftonline.com"
VAULT = "shop-kv.vault.azure.net"
AUDIENCE = f"https://{AUTHORITY}/{TENANT}/oauth2/v2.0/token"
PASSWORD = "pä55word of the tests"
NOW = datetime.datetime.now(datetime.timezone.utc)
YEAR = datetime.timedelta(days=365)

PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER
PKCS8 = serialization.PrivateFormat.PKCS8
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
BARE = serialization.NoEncryption()
ENCRYPTED = serialization.BestAvailableEncryption(PASSWORD.encode())
LEGACY = (
    serialization.PrivateFormat.PKCS12.encryption_builder()
    .kdf_rounds(2000)
    .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    .hmac_hash(hashes.SHA1())
    .build(PASSWORD.encode())
)


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        world = World(binary, pathlib.Path(folder))
        cases = good_cases(world)
        ids = {good(world, *case) for case in cases}
        check("every assertion has an id of its own", len(ids) == len(cases))
        by_the_secretfile(world)
        for case in bad_cases(world):
            bad(world, *case)
        refused(world)
    print(f"assertion: {checks} checks passed")


def good_cases(world):
    """Name, file, password, whether the chain goes along."""
    own, ca = world.own, world.ca
    key, cert, issuer = own.key, own.pem(), ca.pem()
    friendly = b"secretzero"

    def pfx(encryption):
        return pkcs12.serialize_key_and_certificates(
            friendly, own.key, own.certificate, [ca.certificate], encryption
        )

    return [
        ("PEM, PKCS#8", cert + pem(key, PKCS8, BARE), None, False),
        ("PEM, PKCS#1, key and issuer first", pem(key, PKCS1, BARE) + issuer + cert, None, True),
        ("PEM, PKCS#8, encrypted", pem(key, PKCS8, ENCRYPTED) + cert, PASSWORD, False),
        ("PEM, 4096 bits", world.large.pem() + pem(world.large.key, PKCS8, BARE), None, False),
        ("PFX", pfx(ENCRYPTED), PASSWORD, True),
        ("PFX without a password", pfx(BARE), None, False),
        ("PFX as Key Vault's text", base64.b64encode(pfx(BARE)), None, False),
        ("PFX, legacy", pfx(LEGACY), PASSWORD, True),
    ]


def bad_cases(world):
    """Name, file, password, a part of the error."""
    own, other, elliptic, ended = world.own, world.large, world.elliptic, world.ended
    cert, key = own.pem(), pem(own.key, PKCS8, BARE)
    pfx = pkcs12.serialize_key_and_certificates(None, own.key, own.certificate, None, ENCRYPTED)
    return [
        ("an elliptic-curve key", elliptic.pem() + pem(elliptic.key, PKCS8, BARE), None, "RSA"),
        ("a wrong password", pfx, "not the password", "password does not open"),
        ("a wrong password of a PEM key", pem(own.key, PKCS8, ENCRYPTED) + cert, "no", "password"),
        ("no password", pfx, None, "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        ("no key", cert, None, "no private key"),
        ("no certificate", key, None, "no certificate"),
        ("another key", other.pem() + key, None, "belongs to another private key"),
        ("a key in the old form", cert + pem(own.key, PKCS1, ENCRYPTED), PASSWORD, "openssl pkcs8"),
        ("a certificate that has ended", ended.pem() + pem(ended.key, PKCS8, BARE), None, "ended at"),
        ("no file", None, None, "cannot be read"),
    ]


def good(world, name, content, password, send_chain):
    """Signs in and checks what arrived; returns the assertion's id."""
    env = {"AZURE_CLIENT_CERTIFICATE_PATH": world.file(content)}
    if password:
        env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = password
    if send_chain:
        env["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = "true"
    done, asked = world.run({"kind": "default"}, env)
    owner = world.large if "4096" in name else world.own
    return assertion(world, name, done, asked, owner, send_chain)


def by_the_secretfile(world):
    """`auth` says all that the variables say."""
    content = pkcs12.serialize_key_and_certificates(
        None, world.own.key, world.own.certificate, [world.ca.certificate], ENCRYPTED
    )
    auth = {
        "kind": "service_principal",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "certificate_path": world.file(content),
        "certificate_password": "${MY_PASSWORD}",
        "send_chain": True,
    }
    done, asked = world.run(auth, {"MY_PASSWORD": PASSWORD, "AZURE_CLIENT_SECRET": "s3cret"})
    assertion(world, "by the Secretfile", done, asked, world.own, True)


def assertion(world, name, done, asked, owner, send_chain):
    """Checks the one token request that a run has sent."""
    output = done.stdout + done.stderr
    tokens = [request for request in asked if request["host"] == AUTHORITY]
    check(f"{name}: one token request\n{output}", len(tokens) == 1)
    request = tokens[0]
    form = dict(urllib.parse.parse_qsl(request["body"], strict_parsing=True))
    text = form.pop("client_assertion", "")
    check(f"{name}: the request", (request["method"], request["path"]) == ("POST", f"/{TENANT}/oauth2/v2.0/token"))
    check(f"{name}: no other credential", "authorization" not in request["headers"])
    expected = {
        "client_id": CLIENT,
        "grant_type": "client_credentials",
        "scope": "https://vault.azure.net/.default",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }
    check(f"{name}: the form {form}", form == expected)
    vaults = [request for request in asked if request["host"] == VAULT]
    bearers = {request["headers"].get("authorization") for request in vaults}
    check(f"{name}: the vault got the token", bearers == {"Bearer token-of-the-tests"})
    check(f"{name}: nothing is shown", not any(s in output for s in (text, PASSWORD, "s3cret")))
    return verified(name, text, owner, [owner, world.ca] if send_chain else [])


def verified(name, text, owner, chain):
    """Checks an assertion against its owner's certificate; returns its id."""
    header, claims, signature = text.split(".")
    owner.certificate.public_key().verify(
        decode(signature),
        f"{header}.{claims}".encode(),
        padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32),
        hashes.SHA256(),
    )
    check(f"{name}: the signature", True)
    header, claims = json.loads(decode(header)), json.loads(decode(claims))
    der = owner.certificate.public_bytes(DER)
    expected = {"alg": "PS256", "typ": "JWT", "x5t#S256": encode(hashlib.sha256(der).digest())}
    if chain:
        ders = [party.certificate.public_bytes(DER) for party in chain]
        expected["x5c"] = [base64.b64encode(der).decode() for der in ders]
    check(f"{name}: the header {header}", header == expected)
    times = {key: claims.pop(key) for key in ("iat", "nbf", "exp")}
    jti = claims.pop("jti")
    check(f"{name}: the claims {claims}", claims == {"aud": AUDIENCE, "iss": CLIENT, "sub": CLIENT})
    check(f"{name}: ten minutes from now", times["exp"] - times["nbf"] == 600 and times["iat"] == times["nbf"])
    check(f"{name}: now", abs(times["nbf"] - time.time()) < 300)
    check(f"{name}: the id is a UUID", str(uuid.UUID(jti)) == jti and uuid.UUID(jti).version == 4)
    return jti


def bad(world, name, content, password, expected):
    """The file is refused, with its name and a way out, and nobody is asked."""
    path = world.file(content) if content else str(world.folder / "absent.pem")
    env = {"AZURE_CLIENT_CERTIFICATE_PATH": path}
    if password:
        env["AZURE_CLIENT_CERTIFICATE_PASSWORD"] = password
    done, asked = world.run({"kind": "service_principal"}, env)
    output = done.stdout + done.stderr
    check(f"{name}: exit code {done.returncode}\n{output}", done.returncode == 4)
    check(f"{name}: nobody is asked", not asked)
    check(f"{name}: it says `{expected}`\n{output}", expected in output and path in output)
    check(f"{name}: it says a way out", "help: " in output)
    check(f"{name}: nothing is shown", not password or len(password) < 5 or password not in output)


def refused(world):
    """Where Entra does not know the certificate, its thumbprint is named."""
    content = world.own.pem() + pem(world.own.key, PKCS8, BARE)
    world.proxy.refuses = True
    done, asked = world.run({"kind": "default"}, {"AZURE_CLIENT_CERTIFICATE_PATH": world.file(content)})
    world.proxy.refuses = False
    output = done.stdout + done.stderr
    check(f"a refusal: exit code {done.returncode}\n{output}", done.returncode == 4)
    check("a refusal is not repeated", len(asked) == 1)
    thumbprint = hashlib.sha1(world.own.certificate.public_bytes(DER)).hexdigest().upper()
    check(f"a refusal names the certificate\n{output}", "AADSTS700027" in output and thumbprint in output)


class World:
    """The binary, and all that answers it."""

    def __init__(self, binary, folder):
        self.binary = os.path.abspath(binary)
        self.folder = folder
        self.ca = Party("ca", rsa.generate_private_key(65537, 2048))
        self.own = Party("own", rsa.generate_private_key(65537, 2048), self.ca)
        self.large = Party("large", rsa.generate_private_key(65537, 4096))
        self.elliptic = Party("elliptic", ec.generate_private_key(ec.SECP256R1()))
        self.ended = Party("ended", rsa.generate_private_key(65537, 2048), end=NOW - YEAR)
        self.proxy = Proxy(folder)
        self.files = 0

    def file(self, content):
        self.files += 1
        path = self.folder / f"certificate-{self.files}"
        path.write_bytes(content)
        return str(path)

    def run(self, auth, env):
        """One run, and all the requests that came of it."""
        secretfile = {
            "version": "1.0",
            "providers": {"azure": {"kind": "azure", "auth": auth}},
            "secrets": [
                {
                    "name": "db",
                    "kind": "random_password",
                    "targets": [
                        {"provider": "azure", "kind": "key_vault", "config": {"vault_url": f"https://{VAULT}"}}
                    ],
                }
            ],
        }
        # JSON is YAML, too.
        (self.folder / "Secretfile.yml").write_text(json.dumps(secretfile, indent=1))
        self.proxy.asked.clear()
        done = subprocess.run(
            [self.binary, "plan", "--ca-certificate", "proxy.pem"],
            cwd=self.folder,
            env={
                "AZURE_TENANT_ID": TENANT,
                "AZURE_CLIENT_ID": CLIENT,
                "HTTPS_PROXY": f"http://127.0.0.1:{self.proxy.port}",
                **env,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done, list(self.proxy.asked)


class Party:
    """A key, and a certificate that `issuer`, or itself, signed."""

    def __init__(self, name, key, issuer=None, end=NOW + YEAR, hosts=()):
        self.key = key
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(issuer.name if issuer else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * YEAR)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        self.certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(PEM)


class Proxy:
    """Stands in for the authority and every vault, and keeps what they were asked."""

    def __init__(self, folder):
        ca = Party("proxy", ec.generate_private_key(ec.SECP256R1()))
        host = Party("host", ec.generate_private_key(ec.SECP256R1()), ca, hosts=(AUTHORITY, VAULT))
        (folder / "proxy.pem").write_bytes(ca.pem())
        (folder / "host.pem").write_bytes(host.pem() + pem(host.key, PKCS8, BARE))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(folder / "host.pem")
        self.asked = []
        self.refuses = False
        handler = type("Handler", (Handler,), {"proxy": self})
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, request):
        """Status and body."""
        if request["host"] != AUTHORITY:
            return 403, {"error": {"code": "Forbidden", "message": "the tests end here"}}
        if self.refuses:
            text = "AADSTS700027: The certificate is not registered.\r\nTrace ID: 1"
            return 401, {"error": "invalid_client", "error_description": text, "error_codes": [700027]}
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": "token-of-the-tests"}


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection: CONNECT, TLS, and requests within."""

    protocol_version = "HTTP/1.1"
    proxy = None
    host = None

    def do_CONNECT(self):
        self.host = self.path.removesuffix(":443")
        self.send_response(200)
        self.end_headers()
        self.connection = self.proxy.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def do_GET(self):
        length = int(self.headers.get("content-length") or 0)
        request = {
            "method": self.command,
            "host": self.host,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(length).decode(),
        }
        self.proxy.asked.append(request)
        status, body = self.proxy.answer(request)
        body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        """The checks say what matters."""


def pem(key, form, encryption):
    return key.private_bytes(PEM, form, encryption)


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


checks = 0


def check(name, holds):
    global checks
    if not holds:
        sys.exit(f"assertion: failed: {name}")
    checks += 1


main(*sys.argv[1:])
