#!/usr/bin/env bash
# Takes everything out that is this one machine's: two nodes of one image must not share an identity, a key or a log.
set -euo pipefail

apt-get clean
rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*

rm -f /etc/ssh/ssh_host_*
truncate --size 0 /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed
# A shared initiator name would let two nodes take each other's volumes.
rm -f /etc/iscsi/initiatorname.iscsi

find /home /root -name authorized_keys -delete
find /home /root -name '.bash_history' -delete
find /var/log -type f -exec truncate --size 0 {} +
rm -rf /var/log/journal/*

cloud-init clean --logs
sync
