#!/usr/bin/env bash
# What RKE2's CIS profile demands of a host (RKE2, "CIS Hardening Guide"), and a closed door: nobody logs in with a password.
set -euo pipefail

getent passwd etcd >/dev/null ||
  useradd --system --comment "etcd user" --shell /sbin/nologin --no-create-home --user-group etcd

install -m 0644 /usr/local/share/rke2/rke2-cis-sysctl.conf /etc/sysctl.d/60-rke2-cis.conf
install -m 0644 /dev/stdin /etc/sysctl.d/90-unifiedmeta.conf <<'EOF'
fs.inotify.max_user_instances=8192
fs.inotify.max_user_watches=524288
EOF
install -m 0644 /dev/stdin /etc/modules-load.d/unifiedmeta.conf <<'EOF'
br_netfilter
iscsi_tcp
overlay
EOF

install -d -m 0755 /etc/ssh/sshd_config.d
install -m 0600 /dev/stdin /etc/ssh/sshd_config.d/10-unifiedmeta.conf <<'EOF'
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
X11Forwarding no
EOF

# A journal that survives a restart, and does not fill the disk.
install -d -m 0755 /etc/systemd/journald.conf.d
install -m 0644 /dev/stdin /etc/systemd/journald.conf.d/10-unifiedmeta.conf <<'EOF'
[Journal]
Storage=persistent
SystemMaxUse=1G
EOF
