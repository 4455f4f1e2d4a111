#!/usr/bin/env bash
# Brings a node up, at its first boot and at every other: disk, RKE2, secrets, then start, join or go on. Run by unifiedmeta-node.service.
# Every step looks at what is there first, so a run that was cut off is simply run again.
set -eu # and no pipefail: the cloud's functions are promised exactly this
here=$(dirname "$0")
# shellcheck source=SCRIPTDIR/lib.sh
. "$here/lib.sh"
# shellcheck source=/dev/null
. "$ETC/node.env"
# shellcheck source=/dev/null
. "$ETC/cloud.sh"
# shellcheck source=SCRIPTDIR/disk.sh
. "$here/disk.sh"
# shellcheck source=SCRIPTDIR/install.sh
. "$here/install.sh"
# shellcheck source=SCRIPTDIR/secrets.sh
. "$here/secrets.sh"
# shellcheck source=SCRIPTDIR/join.sh
. "$here/join.sh"
# shellcheck source=SCRIPTDIR/claim.sh
. "$here/claim.sh"

OWNER_FILE=$DB/.unifiedmeta-owner
STARTED_FILE=$DB/.unifiedmeta-started
RECOVER="If its servers are gone for good, restore or re-claim it: um recover -s $STACK (docs/recovery.md)"
METADATA_TIMEOUT=300

machine_facts() {
  NODE_NAME=$(cloud_node_name) && PROVIDER_ID=$(cloud_provider_id)
}

# The name and provider id under which this machine registers. `kubelet-arg+` adds to the list in config.yaml.
name_node() {
  keep_trying "$METADATA_TIMEOUT" machine_facts || die "this machine's name cannot be read from its cloud after $METADATA_TIMEOUT seconds"
  {
    echo "# Written by node.sh at every boot."
    [ -z "$NODE_NAME" ] || printf 'node-name: %s\n' "$NODE_NAME"
    [ -z "$PROVIDER_ID" ] || printf 'kubelet-arg+:\n- provider-id=%s\n' "$PROVIDER_ID"
  } | put "$RKE2_ETC/config.yaml.d/40-node.yaml"
  MACHINE=${PROVIDER_ID:-$(cat "$ROOT/etc/machine-id")}
}

token_is_here() {
  [ -s "$TOKEN_FILE" ]
}

datastore_is_here() {
  [ -d "$DB/etcd/member/wal" ]
}

# Whether the etcd data was written by this machine, or by one of the same name (then its member is this node's too).
datastore_is_ours() {
  [ -s "$OWNER_FILE" ] || return 0
  grep -qxF "machine=$MACHINE" "$OWNER_FILE" || { [ -n "$NODE_NAME" ] && grep -qxF "node=$NODE_NAME" "$OWNER_FILE"; }
}

own_datastore() {
  printf 'machine=%s\nnode=%s\n' "$MACHINE" "$NODE_NAME" | put "$OWNER_FILE"
}

# This machine replaces one that had the disk before: the old member is removed with its Kubernetes node, its data is of no use to the new one.
# The data is set aside only while a living cluster holds it all; else it may be the last copy.
replace_member() {
  status waiting "the etcd data on this disk is another machine's; looking for the living cluster"
  keep_trying "$JOIN_TIMEOUT" choose_living_host ||
    die "the etcd data on this disk is another machine's, and no server of cluster $CLUSTER_ID is ready at $REGISTRATION_ADDRESS${PEERS:+ $PEERS}: it may be the last copy and is kept. $RECOVER"
  touch "$STARTED_FILE"
  rm -rf "$DB/etcd-of-replaced-machine"
  mv "$DB/etcd" "$DB/etcd-of-replaced-machine"
  say "set the replaced machine's etcd data aside, in $DB/etcd-of-replaced-machine"
}

start_cluster() {
  status starting "the first server of cluster $CLUSTER_ID"
  fetch_secrets tls
  rm -f "$JOIN_FILE"
}

# A disk that has carried the cluster never starts one again, whatever was deleted from it.
start_or_join() {
  local uuid
  if [ "$NODE" != server-0 ]; then
    join "for the first server of cluster $CLUSTER_ID" "Is server-0 running? Its journal says what it waits for: journalctl -u unifiedmeta-node"
    return
  fi
  if [ -e "$STARTED_FILE" ]; then
    join "this disk has carried cluster $CLUSTER_ID before" "$RECOVER"
    return
  fi
  uuid=$(disk_uuid) || die "the etcd disk's UUID cannot be read"
  if may_start "$uuid"; then
    start_cluster
  else
    join "cluster $CLUSTER_ID was started by another disk ($CLAIM_UUID)" "It exists or existed, so it is never started anew. $RECOVER"
  fi
}

server() {
  mount_etcd_disk
  prepare_cis
  token_is_here || fetch_secrets config
  if datastore_is_here && ! datastore_is_ours && [ "$SERVERS" -gt 1 ]; then
    replace_member
  fi
  if datastore_is_here; then
    status starting "with the etcd data on this disk"
    touch "$STARTED_FILE"
  else
    start_or_join
  fi
  own_datastore
}

agent() {
  prepare_cis
  token_is_here || fetch_secrets config
  if [ -s "$JOIN_FILE" ] && [ -s "$RKE2_DATA/agent/kubelet.kubeconfig" ]; then
    status starting "as a member of cluster $CLUSTER_ID"
  else
    join "for a server of cluster $CLUSTER_ID" "Are the servers running, and does this node reach them?"
  fi
}

main() {
  install_rke2
  name_node
  "$ROLE"
  touch "$RUN/ready"
  # Not waited for: RKE2 is ordered after this unit (10-unifiedmeta.conf), and tells its own progress.
  systemctl start --no-block "rke2-$ROLE.service" || die "systemd does not start rke2-$ROLE.service"
  status prepared "rke2-$ROLE is starting: journalctl -u rke2-$ROLE"
}

main
