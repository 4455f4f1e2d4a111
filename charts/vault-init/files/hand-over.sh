#!/bin/sh
# hand-over.sh probe|keep: gives the writer the file of that name, until it takes it, and then removes it. No such file: nothing to do.
#
# The writer is the CSP profile's script: `write.sh FILE probe` proves that it may write and leaves what is kept untouched,
# `write.sh FILE keep` keeps the file's content.
# Environment: WRITER (default /writer/write.sh), HANDOVER (default /handover), PATIENCE in seconds.
set -eu
umask 077

case ${1:-} in
  probe | keep) what=$1 ;;
  *) echo "vault-init: usage: hand-over.sh probe|keep" >&2 && exit 64 ;;
esac
file=${HANDOVER:-/handover}/$what
patience=${PATIENCE:-1800}

[ -e "$file" ] || exit 0
waited=0
until sh "${WRITER:-/writer/write.sh}" "$file" "$what" >&2; do
  if [ "$waited" -ge "$patience" ]; then
    echo "vault-init: the secret store has refused for $patience s ($what); while this pod lives nothing is lost" >&2
    exit 1
  fi
  sleep 10
  waited=$((waited + 10))
done
rm -f "$file"
echo "vault-init: the secret store has taken it ($what)" >&2
