# ruff: noqa: T201, PLR0911  printing is what it is for; one return a command
"""A `vault` that keeps its state in a JSON file and knows the few commands that our scripts use.

State ($VAULT_STATE): initialised, sealed, root (the valid root token), audit, auth, engines, policies, roles, and what to do wrong: `fail` maps
the beginning of a command line to how many more times it fails. Every call is written to `calls`, with the kind of token it had.
"""

import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["VAULT_STATE"])
ROLE = "vault-init"


def main() -> int:
    state = json.loads(STATE.read_text())
    line = " ".join(sys.argv[1:])
    token = os.environ.get("VAULT_TOKEN", "")
    kind = "root" if token and token == state["root"] else "service" if token.startswith("service") else "none"
    state["calls"].append([line, kind])
    try:
        for beginning, times in state["fail"].items():
            if line.startswith(beginning) and times > 0:
                state["fail"][beginning] = times - 1
                print("refused", file=sys.stderr)
                return 1
        return answer(state, sys.argv[1:], kind)
    finally:
        STATE.write_text(json.dumps(state))


def answer(state: dict, words: list[str], kind: str) -> int:
    match words:
        case ["status", *_]:
            print(json.dumps({"initialized": state["initialised"], "sealed": state["sealed"]}, indent=2))
            return 2 if state["sealed"] else 0
        case ["operator", "init", shares, threshold]:
            if state["initialised"]:
                print("Vault is already initialized", file=sys.stderr)
                return 2
            state |= {"initialised": True, "sealed": False, "root": "hvs.ROOT"}
            for number in range(int(shares.split("=")[1])):
                print(f"Recovery Key {number + 1}: key{number}/AbC+=")
            print("\nInitial Root Token: hvs.ROOT\n\nSuccess! Vault is initialized")
            assert int(threshold.split("=")[1]) <= int(shares.split("=")[1])
            return 0
        case ["write", "-field=token", "auth/kubernetes/login", role, jwt]:
            assert role == f"role={ROLE}"
            assert Path(jwt.removeprefix("jwt=@")).read_text() == "JWT"
            if state["sealed"] or ROLE not in state["roles"]:
                return 2
            print("service-token")
            return 0
    if kind == "none" or state["sealed"]:
        print("permission denied", file=sys.stderr)
        return 2
    return change(state, words)


def change(state: dict, words: list[str]) -> int:
    match words:
        case ["audit" | "auth" | "secrets" as what, "list", "-format=json"]:
            if what == "audit" and not state["audit"]:
                return 2
            print(json.dumps({f"{name}/": {} for name in state[what]}, indent=2))
        case ["audit", "enable", "-path=stdout", "file", "file_path=stdout"]:
            state["audit"].append("stdout")
        case ["auth", "enable", "kubernetes"]:
            state["auth"].append("kubernetes")
        case ["secrets", "enable", path, _]:
            state["secrets"].append(path.removeprefix("-path="))
        case ["read", "-field=accessor", "sys/auth/kubernetes"]:
            print("auth_kubernetes_1a2b")
        case ["policy", "write", name, "-"]:
            state["policies"][name] = sys.stdin.read()
        case ["write", "auth/kubernetes/config", _]:
            pass
        case ["write", path, file] if path.startswith("auth/kubernetes/role/"):
            state["roles"][path.rsplit("/", 1)[1]] = json.loads(Path(file.removeprefix("@")).read_text())
        case ["token", "revoke", "-self"]:
            state["root"] = "revoked"
        case _:
            print(f"the fake knows no {words}", file=sys.stderr)
            return 64
    return 0


sys.exit(main())
