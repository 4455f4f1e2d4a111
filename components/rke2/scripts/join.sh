# shellcheck shell=bash
# Joining: the registration address, or a peer, whichever answers with this cluster's own CA.
# An answer chooses whom to join. Silence proves nothing: it never makes a node start a cluster.

JOIN_TIMEOUT=1800

# probe HOST: exit 0 this cluster's CA answers, 1 nobody answers, 2 somebody else's CA answers.
probe() {
  local answer=$RUN/cacerts
  mkdir -p "$RUN"
  curl --insecure --fail --silent --connect-timeout 3 --max-time 8 --output "$answer" "https://$1:9345/cacerts" || return 1
  [ "$(sha256sum <"$answer" | cut -d ' ' -f 1)" = "$CA_HASH" ] || return 2
}

# alive HOST, after probe HOST: its API server is ready, so the cluster behind it has its quorum. The password goes in by standard
# input, and only to a server that proves itself by the CA that probe has checked.
alive() {
  python3 -IS "$LIBEXEC/credentials.py" "$TOKEN_FILE" |
    curl --config - --cacert "$RUN/cacerts" --fail --silent --connect-timeout 3 --max-time 8 --output /dev/null "https://$1:9345/v1-rke2/readyz"
}

# choose_host: prints the first that answers rightly. FOREIGN collects those that must not be joined.
choose_host() {
  local host code
  FOREIGN=
  HOST=
  for host in $REGISTRATION_ADDRESS $PEERS; do
    code=0
    probe "$host" || code=$?
    case $code in
      0)
        HOST=$host
        return 0
        ;;
      2)
        FOREIGN="$FOREIGN $host"
        say "$host answers with the CA of another cluster: it is not joined"
        ;;
    esac
  done
  return 1
}

choose_living_host() {
  choose_host && alive "$HOST"
}

join() { # join WHY WHAT_THEN
  status waiting "$1; asking $REGISTRATION_ADDRESS${PEERS:+ $PEERS}"
  if ! keep_trying "$JOIN_TIMEOUT" choose_host; then
    [ -z "$FOREIGN" ] || die "only servers with another CA answer at$FOREIGN (expected CA $CA_HASH): is this the right load balancer, and the right stack's secret?"
    die "no server of cluster $CLUSTER_ID answers at $REGISTRATION_ADDRESS${PEERS:+ $PEERS} (port 9345). $2"
  fi
  say "joining through $HOST"
  printf 'server: https://%s:9345\n' "$HOST" | put "$JOIN_FILE"
}
