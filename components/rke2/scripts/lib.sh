# shellcheck shell=bash
# Shared by the node scripts: where things are, how progress is told, how long is waited.
# ROOT redirects the whole file system (tests). Nothing in here or in what sources it may print a secret.

ROOT=${ROOT:-}
ETC=$ROOT/etc/unifiedmeta
LIBEXEC=$ROOT/opt/unifiedmeta
RUN=$ROOT/run/unifiedmeta
RKE2_ETC=$ROOT/etc/rancher/rke2
RKE2_DATA=$ROOT/var/lib/rancher/rke2
DB=$RKE2_DATA/server/db
JOIN_FILE=$RKE2_ETC/config.yaml.d/60-join.yaml

# Progress goes to the journal; the last of it also to a file that a person or a probe can read.
say() {
  printf '%s\n' "$*"
}

status() { # status STATE MESSAGE
  local now
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  say "$1: $2"
  mkdir -p "$RUN"
  printf 'state=%s\nmessage=%s\nsince=%s\n' "$1" "$2" "$now" >"$RUN/status.new"
  mv "$RUN/status.new" "$RUN/status"
}

die() {
  status failed "$*"
  exit 1
}

# keep_trying SECONDS COMMAND...: until the command succeeds, with growing pauses. Exit 1 when the time is over.
# A command that ends with exit 3 has found out that waiting is no use: exit 3 at once.
keep_trying() {
  local deadline pause=2 code
  deadline=$(($(date +%s) + $1))
  shift
  while :; do
    code=0
    "$@" || code=$?
    case $code in
      0 | 3) return "$code" ;;
    esac
    [ "$(date +%s)" -lt "$deadline" ] || return 1
    sleep "$pause"
    pause=$((pause * 2 > 30 ? 30 : pause * 2))
  done
}

# put FILE: standard input becomes FILE, readable by root only, whole or not at all.
put() {
  mkdir -p "$(dirname "$1")"
  (umask 077 && cat >"$1.new")
  mv "$1.new" "$1"
}
