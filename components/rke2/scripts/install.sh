# shellcheck shell=bash
# RKE2 of exactly one release: from the golden image, from a local directory, or from the release's own page; never "the newest".

ARTIFACTS=$LIBEXEC/artifacts
RELEASES=https://github.com/rancher/rke2/releases/download
INSTALL_TIMEOUT=1200

installed_version() {
  "$ROOT/usr/local/bin/rke2" --version 2>/dev/null | sed -n 's/^rke2 version \([^ ]*\).*/\1/p'
}

architecture() {
  case $(uname -m) in
    x86_64 | amd64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) return 1 ;;
  esac
}

download() { # download NAME DIRECTORY
  curl --proto '=https' --fail --location --silent --show-error --connect-timeout 10 --retry 3 \
    --output "$2/$1" "$RELEASES/${RKE2_VERSION/+/%2B}/$1"
}

fetch_release() { # fetch_release TARBALL CHECKSUMS DIRECTORY
  if [ -f "$ARTIFACTS/$1" ]; then
    cp "$ARTIFACTS/$1" "$ARTIFACTS/$2" "$3/"
  else
    download "$2" "$3" && download "$1" "$3"
  fi
}

# The checksum file has a line for every file of the release.
verify_release() { # verify_release TARBALL CHECKSUMS DIRECTORY
  (cd "$3" && awk -v name="$1" '$2 == name' "$2" | sha256sum --check --strict --status)
}

install_rke2() {
  local arch tarball checksums work
  [ "$(installed_version)" != "$RKE2_VERSION" ] || return 0
  arch=$(architecture) || die "RKE2 is not released for a machine of type $(uname -m)"
  tarball=rke2.linux-$arch.tar.gz
  checksums=sha256sum-$arch.txt
  if [ "$AIRGAP" = yes ] && [ ! -f "$ARTIFACTS/$tarball" ]; then
    die "no RKE2 $RKE2_VERSION in this image, and registry.airgap forbids to fetch it: build the golden image with this version"
  fi
  status installing "RKE2 $RKE2_VERSION"
  work=$(mktemp -d)
  keep_trying "$INSTALL_TIMEOUT" fetch_release "$tarball" "$checksums" "$work" || die "cannot fetch RKE2 $RKE2_VERSION from $RELEASES: does this network reach it?"
  verify_release "$tarball" "$checksums" "$work" || die "$tarball is not what $checksums says it is: it is not installed"
  unpack_release "$work/$tarball" || die "cannot unpack $tarball"
  rm -rf "$work"
  [ "$(installed_version)" = "$RKE2_VERSION" ] || die "$tarball does not contain RKE2 $RKE2_VERSION"
  systemctl daemon-reload
}

# The program itself last: as long as it is missing, the next run installs again.
unpack_release() {
  mkdir -p "$ROOT/usr/local"
  tar -xzf "$1" -C "$ROOT/usr/local" --exclude=bin/rke2 && tar -xzf "$1" -C "$ROOT/usr/local" bin/rke2
}

# What `profile: cis` demands before the first start, else RKE2 ends at once (documentation, "CIS Hardening Guide").
prepare_cis() {
  local settings=$ROOT/etc/sysctl.d/60-rke2-cis.conf
  [ "$CIS" = yes ] || return 0
  if [ "$ROLE" = server ] && ! getent passwd etcd >/dev/null; then
    useradd --system --comment "etcd user" --shell /sbin/nologin --no-create-home --user-group etcd
  fi
  mkdir -p "$(dirname "$settings")"
  cp "$ROOT/usr/local/share/rke2/rke2-cis-sysctl.conf" "$settings" || die "this RKE2 has no rke2-cis-sysctl.conf: is it installed whole?"
  sysctl --quiet --load="$settings" || die "the kernel refuses the settings in $settings"
}
