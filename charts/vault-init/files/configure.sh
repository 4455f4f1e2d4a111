#!/bin/sh
# Sets Vault up as the files say and gives the root token back. Safe to repeat: later runs log in as the service account, with a
# policy that the first run made, and bring policies and roles to what the files say now.
#
# Environment: VAULT_ADDR, VAULT_CACERT, HANDOVER, SETUP (default /setup: engines, policies/*.hcl, roles/*.json),
# IDENTITY (the service account token's file), PATIENCE in seconds.
set -eu
umask 077

handover=${HANDOVER:-/handover}
setup=${SETUP:-/setup}
identity=${IDENTITY:-/var/run/secrets/kubernetes.io/serviceaccount/token}
patience=${PATIENCE:-300}
role=vault-init

say() { printf 'vault-init: %s\n' "$*" >&2; }

# A new leader needs a moment: unsealing, electing.
wait_until_active() {
  waited=0
  until vault status >/dev/null 2>&1; do
    if [ "$waited" -ge "$patience" ]; then
      say "Vault stays sealed. Its key must be reachable: kubectl -n vault logs vault-0 -c vault"
      exit 1
    fi
    sleep 5
    waited=$((waited + 5))
  done
}

login_as_service_account() {
  vault write -field=token auth/kubernetes/login role="$role" jwt=@"$identity" 2>/dev/null
}

login() {
  if [ -s "$handover/root" ]; then
    VAULT_TOKEN=$(cat "$handover/root")
  elif ! VAULT_TOKEN=$(login_as_service_account) || [ -z "$VAULT_TOKEN" ]; then
    say "Vault is initialised, but an earlier run did not finish setting it up, and its root token is gone."
    say "If the secret store has recovery keys: make a root token with 'vault operator generate-root', then run"
    say "  kubectl -n vault exec -it vault-0 -c vault -- vault login   and   sh configure.sh   with it."
    say "If it has none, Vault is empty and cannot be opened: delete its pods' volumes and run this release again."
    exit 1
  fi
  export VAULT_TOKEN
}

# $1: what is listed, $2: the entry with its final slash
has() { vault "$1" list -format=json | grep -q "\"$2\""; }

audit() { vault audit list -format=json 2>/dev/null | grep -q '"stdout/"' || vault audit enable -path=stdout file file_path=stdout; }

authentication() {
  has auth kubernetes/ || vault auth enable kubernetes
  vault write auth/kubernetes/config kubernetes_host=https://kubernetes.default.svc
}

engines() {
  while read -r path type; do
    [ -n "$path" ] || continue
    has secrets "$path/" || vault secrets enable -path="$path" "$type"
  done <"$setup/engines"
}

# A policy may name the auth method's accessor, which Vault makes up, as ACCESSOR.
rules() {
  accessor=$(vault read -field=accessor sys/auth/kubernetes)
  for file in "$setup"/policies/*.hcl; do
    [ -e "$file" ] || continue
    sed "s/ACCESSOR/$accessor/g" "$file" | vault policy write "$(basename "$file" .hcl)" -
  done
  for file in "$setup"/roles/*.json; do
    [ -e "$file" ] || continue
    vault write "auth/kubernetes/role/$(basename "$file" .json)" @"$file"
  done
}

give_root_back() {
  [ -s "$handover/root" ] || return 0
  # Not before the next run can get in without it.
  if [ -z "$(login_as_service_account)" ]; then
    say "the service account cannot log in yet; the root token is kept for the next try"
    exit 1
  fi
  vault token revoke -self
  rm -f "$handover/root"
  say "the root token is revoked"
}

wait_until_active
login
audit
authentication
engines
rules
give_root_back
say "Vault is set up"
