"""Waits until a Kubernetes API server says that it is ready; a program of its own, run by components/bootstrap/gate.py.

    ready_gate.py --timeout 1200 --hint 'what to type next' < access.json

The access is read from standard input, so that the key stands in no argument, no variable and no file of ours:
{"server": "https://host:6443", "ca": PEM, "certificate": PEM, "key": PEM, "tls_server_name": "kubernetes" or ""}.
Nothing but the standard library, so that any Python from 3.10 on the operator's machine runs it.

Exit: 0 ready, 1 not ready in time (standard error says why and what to type), 64 wrong use.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import ssl
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PAUSE_SECONDS: Final = 5
ATTEMPT_SECONDS: Final = 10
EXIT_WRONG_USE: Final = 64


@dataclass(frozen=True)
class Access:
    """How the API server is reached, and by whom."""

    host: str
    port: int
    tls_server_name: str
    context: ssl.SSLContext


def read_access(text: str) -> Access:
    """The access that standard input describes. Errors: ValueError when a part is missing or not usable."""
    try:
        given = json.loads(text)
        url = urlsplit(given["server"])
        context = ssl.create_default_context(cadata=given["ca"])
        _load_certificate(context, given["certificate"], given["key"])
    except (KeyError, TypeError, json.JSONDecodeError, ssl.SSLError) as error:
        # The text itself holds a key: it must not be quoted.
        raise ValueError(f"standard input holds no usable access ({type(error).__name__})") from None
    if url.scheme != "https" or not url.hostname:
        raise ValueError("the server must be an https:// address")
    return Access(url.hostname, url.port or 443, given.get("tls_server_name") or url.hostname, context)


def _load_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """The ssl module reads certificates from files only: one that nobody else can open, gone again at once."""
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w") as file:
            file.write(f"{certificate}\n{key}\n")
        context.load_cert_chain(path)
    finally:
        os.unlink(path)  # noqa: PTH108  pathlib is one more import for a script that should start at once


def attempt(access: Access) -> str:
    """One question to /readyz. Empty when the answer is yes, else why not, as one line."""
    try:
        with socket.create_connection((access.host, access.port), ATTEMPT_SECONDS) as plain:
            plain.settimeout(ATTEMPT_SECONDS)
            with access.context.wrap_socket(plain, server_hostname=access.tls_server_name) as secure:
                return _ask(access, secure)
    except (OSError, http.client.HTTPException) as error:
        return _reason(error, access.host)


def _reason(error: Exception, host: str) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"it shows a certificate of another cluster or for another name ({error.verify_message})"
        case ssl.SSLError():
            return f"TLS failed ({error.reason or error})"
        case TimeoutError():
            return "no answer: nothing listens there yet, or a firewall drops what this machine sends"
        case ConnectionRefusedError():
            return "refused: nothing listens there yet"
        case socket.gaierror():
            return f"the name {host} is not known yet"
        case _:
            return f"the connection broke ({error or type(error).__name__})"


def _ask(access: Access, secure: ssl.SSLSocket) -> str:
    connection = http.client.HTTPConnection(access.host, access.port)
    connection.sock = secure
    connection.request("GET", "/readyz?verbose", headers={"Accept": "text/plain"})
    response = connection.getresponse()
    body = response.read(65536).decode("utf-8", "replace")
    if response.status == http.HTTPStatus.OK:
        return ""
    if response.status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return f"it refuses the admin certificate (HTTP {response.status})"
    failed = [line[3:] for line in body.splitlines() if line.startswith("[-]")]
    return f"it answers HTTP {response.status}" + (f"; not ready: {', '.join(failed)}" if failed else "")


def wait(
    ask: Callable[[], str],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Asks until the answer is yes or `timeout` seconds are over. Empty when ready, else the last reason."""
    end = clock() + timeout
    said = ""
    while reason := ask():
        if reason != said:
            print(f"waiting: {reason}", file=sys.stderr, flush=True)  # noqa: T201  the operator watches this
            said = reason
        if clock() >= end:
            return reason
        sleep(PAUSE_SECONDS)
    return ""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Wait until a Kubernetes API server is ready.")
    parser.add_argument("--timeout", type=float, default=1200)
    parser.add_argument("--hint", action="append", default=[], help="what to type next, when it is not")
    options = parser.parse_args(arguments)
    try:
        access = read_access(sys.stdin.read())
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EXIT_WRONG_USE
    reason = wait(lambda: attempt(access), options.timeout)
    if not reason:
        print("ready")  # noqa: T201
        return 0
    where = f"https://{access.host}:{access.port}"
    text = [f"The Kubernetes API at {where} was not ready within {options.timeout:.0f} s: {reason}.", *options.hint]
    print("\n  → ".join(text), file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
