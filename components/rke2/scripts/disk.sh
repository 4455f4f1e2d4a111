# shellcheck shell=bash
# The etcd disk: found by its stable link, made into a file system once, mounted by label.

DISK_LABEL=um-etcd
DISK_TIMEOUT=900

disk_is_there() {
  [ -b "$ROOT$ETCD_DEVICE" ] || [ -L "$ROOT$ETCD_DEVICE" ]
}

# The label of what is on the disk, `none` if that has no label; nothing when the disk is empty for certain.
# blkid ends with 2 when it finds nothing, and also when it cannot read: that is asked first.
disk_label() {
  local code=0 label
  [ "$(head -c 4096 "$ROOT$ETCD_DEVICE" | wc -c)" -eq 4096 ] || return 1
  blkid --probe "$ROOT$ETCD_DEVICE" >/dev/null || code=$?
  case $code in
    0)
      label=$(blkid --probe --match-tag LABEL --output value "$ROOT$ETCD_DEVICE") || return 1
      printf '%s' "${label:-none}"
      ;;
    2) ;;
    *) return 1 ;;
  esac
}

mount_etcd_disk() {
  local label
  [ -n "$ETCD_DEVICE" ] || return 0
  mkdir -p "$DB"
  mountpoint -q "$DB" && return 0
  status waiting "for the etcd disk $ETCD_DEVICE"
  keep_trying "$DISK_TIMEOUT" disk_is_there || die "the etcd disk $ETCD_DEVICE did not appear in $DISK_TIMEOUT seconds: is it attached to this machine?"
  label=$(disk_label) || die "cannot tell what is on $ETCD_DEVICE (blkid gives no clear answer): it is left untouched"
  case $label in
    '')
      say "making a file system on the empty disk $ETCD_DEVICE"
      mkfs.ext4 -q -L "$DISK_LABEL" "$ROOT$ETCD_DEVICE" || die "mkfs.ext4 failed on $ETCD_DEVICE"
      ;;
    "$DISK_LABEL") say "the etcd disk has a file system already" ;;
    *) die "$ETCD_DEVICE carries something that is not ours (label: $label): it is left untouched. Attach the right disk, or wipe this one by hand" ;;
  esac
  udevadm settle || say "udev did not settle; going on"
  mount -t ext4 -o noatime "LABEL=$DISK_LABEL" "$DB" || die "cannot mount the file system with label $DISK_LABEL at $DB"
}

# What the claim knows this disk by: the file system's UUID, or on a machine with no etcd disk one that is written down beside the data.
disk_uuid() {
  local uuid
  if [ -n "$ETCD_DEVICE" ]; then
    uuid=$(blkid --probe --match-tag UUID --output value "$ROOT$ETCD_DEVICE") || return 1
  else
    [ -s "$DB/.unifiedmeta-uuid" ] || put "$DB/.unifiedmeta-uuid" </proc/sys/kernel/random/uuid
    uuid=$(cat "$DB/.unifiedmeta-uuid")
  fi
  [ -n "$uuid" ] && printf '%s' "$uuid"
}
