#!/usr/bin/env bash
# After RKE2 says that it is ready (ExecStartPost): from now on this node never starts a cluster of its own.
# With `server:` set, a server that was removed from etcd rejoins; without it, the first server would begin again from nothing.
set -euo pipefail
# shellcheck source=SCRIPTDIR/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=/dev/null
. "$ETC/node.env"

if [ "$ROLE" = server ]; then
  touch "$DB/.unifiedmeta-started"
  if [ "$SERVERS" -gt 1 ] && [ ! -s "$JOIN_FILE" ]; then
    printf 'server: https://%s:9345\n' "$REGISTRATION_ADDRESS" | put "$JOIN_FILE"
  fi
fi
status running "rke2-$ROLE"
