#!/usr/bin/env bash
# Operating system of the golden image: current packages, what the nodes' software needs, and nothing that gets in its way.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# cloud-init of this build machine may still hold apt's locks.
cloud-init status --wait >/dev/null || true

apt-get update -qq
apt-get upgrade -qq -y
# open-iscsi, nfs-common: replicated storage. curl, python3: the node's own scripts.
apt-get install -qq -y --no-install-recommends ca-certificates curl nfs-common open-iscsi python3 zstd

systemctl enable iscsid

# multipathd takes hold of the volumes of replicated storage (Longhorn, "Volume with multipath"); a node has no use for it.
systemctl disable --now multipathd.service multipathd.socket 2>/dev/null || true
# The cloud's firewall is the firewall; a second one fights with the CNI (RKE2, "Known Issues").
systemctl disable --now ufw 2>/dev/null || true
# Nodes are replaced, not upgraded in place; an unplanned restart of containerd would take every pod of the node with it.
systemctl disable --now unattended-upgrades apt-daily.timer apt-daily-upgrade.timer 2>/dev/null || true

swapoff --all
sed -i '/\sswap\s/d' /etc/fstab

apt-get autoremove -qq -y
