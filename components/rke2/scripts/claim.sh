# shellcheck shell=bash
# Who may start the cluster: server-0, once, after it has claimed it in the object store with a put that only the first one wins.
# The claim holds the CA's hash and the UUID of the etcd file system that the cluster began on.

CLAIM_TIMEOUT=1800

# read_claim: exit 0 CLAIM_CA and CLAIM_UUID are set; 4 there is none for certain; 1 not known.
read_claim() {
  local text code=0
  text=$(cloud_claim_get) || code=$?
  case $code in
    0) ;;
    4) return 4 ;;
    *) return 1 ;;
  esac
  CLAIM_CA=$(sed -n 's/^ca=//p' <<<"$text")
  CLAIM_UUID=$(sed -n 's/^uuid=//p' <<<"$text")
  [ -n "$CLAIM_CA" ] && [ -n "$CLAIM_UUID" ]
}

# settle_claim UUID: exit 0 when it is known whose the cluster is. Whatever a put answers, only a read decides.
settle_claim() {
  local code=0
  read_claim || code=$?
  [ "$code" -eq 4 ] || return "$code" # known, or not known yet
  say "nobody has claimed cluster $CLUSTER_ID; claiming it for the disk $1"
  printf 'ca=%s\nuuid=%s\n' "$CA_HASH" "$1" | put "$RUN/claim"
  cloud_claim_put "$RUN/claim" || say "the claim was not made by this attempt; reading what stands"
  read_claim
}

# may_start UUID: exit 0 this disk's cluster, 1 another disk's.
may_start() {
  status waiting "for the claim on cluster $CLUSTER_ID"
  keep_trying "$CLAIM_TIMEOUT" settle_claim "$1" ||
    die "the claim on cluster $CLUSTER_ID can be neither read nor made: does this network reach the object store, and may this node's identity use it? Without it no cluster is started"
  [ "$CLAIM_CA" = "$CA_HASH" ] ||
    die "cluster $CLUSTER_ID was claimed with another CA ($CLAIM_CA, not $CA_HASH): this stack's state is not the one that made the cluster. See docs/recovery.md"
  [ "$CLAIM_UUID" = "$1" ]
}
