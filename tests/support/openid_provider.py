"""An OpenID Connect provider in a thread of the test: discovery, authorization code with PKCE, signed
tokens, userinfo. Whoever asks it is `claims`; it can be told to behave badly."""

import base64
import contextlib
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "faceverify-test"
SECRET = "secret-of-the-client"


class Provider:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict = {}
        self.userinfo_sub: str | None = None  # another one than in the token
        self.deny = False
        self.broken = ""  # "discovery", "token" or "garbage"
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []  # paths
        self.issuer = ""

    def answer(self, method: str, path: str, query: dict[str, str], form: dict[str, str]):
        """(status, body or Location)"""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return self._discovery()
        if path == "/authorize":
            return self._authorize(query)
        if path == "/token" and method == "POST":
            return self._token(form)
        if path == "/userinfo":
            return 200, self.claims | ({"sub": self.userinfo_sub} if self.userinfo_sub else {})
        if path == "/jwks":
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [jwk | {"kid": "1", "alg": "RS256", "use": "sig"}]}
        return 404, {}

    def _discovery(self):
        if self.broken == "discovery":
            return 503, {}
        if self.broken == "garbage":
            return 200, {}
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token",
                 "userinfo_endpoint": "userinfo", "jwks_uri": "jwks"}  # fmt: skip
        found = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return 200, found | {
            "issuer": self.issuer,
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _authorize(self, query: dict[str, str]):
        back = {"state": query["state"]}
        if self.deny:
            back["error"] = "access_denied"
        else:
            assert query["client_id"] == CLIENT
            assert query["response_type"] == "code"
            assert query["code_challenge_method"] == "S256"
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = query
        return 302, f"{query['redirect_uri']}?{urlencode(back)}"

    def _token(self, form: dict[str, str]):
        if self.broken == "token":
            return 500, {}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
            or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET)
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        token = self.claims | {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        signed = jwt.encode(token, self.key, algorithm="RS256", headers={"kid": "1"})
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": signed}


@contextlib.contextmanager
def openid_provider() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            query, form = (
                {name: values[0] for name, values in parse_qs(text).items()}
                for text in (url.query, body)
            )
            status, answer = provider.answer(self.command, url.path, query, form)
            self.send_response(status)
            if isinstance(answer, str):
                self.send_header("Location", answer)
                self.end_headers()
                return
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = _do

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
