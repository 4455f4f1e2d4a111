#!/bin/sh
# Initialises Vault, once. Three steps, each safe to repeat; between them the cloud's own tool takes files away.
#
#   init.sh look   is there anything to do? If so, leaves a note for the writer to prove that it may write: keys that nobody
#                  can keep must not be made.
#   init.sh init   makes the recovery keys and the first root token.
#
# /handover is memory that the containers of one pod share, and survives their restarts.
# Environment: VAULT_ADDR, VAULT_CACERT, RECOVERY_SHARES, RECOVERY_THRESHOLD, HANDOVER (default /handover), PATIENCE in seconds.
set -eu
umask 077

handover=${HANDOVER:-/handover}
patience=${PATIENCE:-600}

say() { printf 'vault-init: %s\n' "$*" >&2; }

# Prints yes or no once the server answers. `vault status` ends with 0 (unsealed), 2 (sealed or not initialised), 1 (no answer).
initialised() {
  waited=0
  while :; do
    code=0
    status=$(vault status -format=json 2>/dev/null) || code=$?
    case $code in
      0 | 2)
        case $(printf '%s' "$status" | tr -d ' \n') in
          *'"initialized":true'*) echo yes && return ;;
          *'"initialized":false'*) echo no && return ;;
        esac
        ;;
    esac
    if [ "$waited" -ge "$patience" ]; then
      say "$VAULT_ADDR gave no answer for $patience s. Look at: kubectl -n vault get pods; kubectl -n vault logs vault-0 -c vault"
      exit 1
    fi
    sleep 5
    waited=$((waited + 5))
  done
}

answered() { grep -q '^Initial Root Token:' "$handover/answer" 2>/dev/null; }

look() {
  if [ -e "$handover/made" ] || answered; then
    say "this pod has initialised Vault already"
    return
  fi
  case $(initialised) in
    yes)
      say "Vault is initialised"
      : >"$handover/nothing-to-do"
      ;;
    no) echo "No keys: only a proof that they could be written." >"$handover/probe" ;;
    *) exit 1 ;;
  esac
}

init() {
  if [ -e "$handover/nothing-to-do" ] || [ -e "$handover/made" ]; then
    return
  fi
  # The answer comes once and goes to memory only. Should this container die right after it, the next one takes it from there.
  if ! answered; then
    vault operator init -recovery-shares="$RECOVERY_SHARES" -recovery-threshold="$RECOVERY_THRESHOLD" >"$handover/answer"
  fi
  sed -n 's/^Initial Root Token: *//p' "$handover/answer" >"$handover/root"
  grep '^Recovery Key [0-9]*:' "$handover/answer" >"$handover/keys" || true
  if [ "$(wc -l <"$handover/keys")" -ne "$RECOVERY_SHARES" ] || [ ! -s "$handover/root" ]; then
    say "the answer of 'vault operator init' is not understood; it is kept in this pod's $handover/answer"
    exit 1
  fi
  echo "Quorum: $RECOVERY_THRESHOLD" >>"$handover/keys"
  mv "$handover/keys" "$handover/keep"
  : >"$handover/made"
  rm -f "$handover/answer"
  say "Vault is initialised now; its recovery keys are on their way"
}

case ${1:-} in
  look) look ;;
  init) init ;;
  *) say "usage: init.sh look|init" && exit 64 ;;
esac
