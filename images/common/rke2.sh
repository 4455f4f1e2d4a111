#!/usr/bin/env bash
# RKE2 of exactly one release, verified by the release's own checksums, with the images it starts from. Wants: RKE2_VERSION, RKE2_CNI.
set -euo pipefail
: "${RKE2_VERSION:?such as v1.35.7+rke2r1}" "${RKE2_CNI:?canal, calico or cilium}"

base=https://github.com/rancher/rke2/releases/download/${RKE2_VERSION/+/%2B}
images=/var/lib/rancher/rke2/agent/images
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *)
    echo "RKE2 is not released for $(uname -m)" >&2
    exit 1
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fetch() {
  curl --proto '=https' --fail --location --silent --show-error --retry 5 --output "$1" "$base/$1"
}

verified() {
  fetch "$1"
  # A file that the list does not name is not verified, so that an empty answer of awk must fail.
  awk -v name="$1" '$2 == name { found = 1; print } END { exit !found }' "sha256sum-$arch.txt" | sha256sum --check --strict
}

fetch "sha256sum-$arch.txt"
verified "rke2.linux-$arch.tar.gz"
tar -xzf "rke2.linux-$arch.tar.gz" -C /usr/local
test "$(/usr/local/bin/rke2 --version | sed -n 's/^rke2 version \([^ ]*\).*/\1/p')" = "$RKE2_VERSION"

mkdir -p "$images"
for archive in "rke2-images-core.linux-$arch.tar.zst" "rke2-images-$RKE2_CNI.linux-$arch.tar.zst"; do
  verified "$archive"
  mv "$archive" "$images/"
done
# Without it every start imports all archives again (RKE2, "Air-Gap Install").
touch "$images/.cache.json"

install -m 0644 /dev/stdin /etc/unifiedmeta-image <<EOF
rke2=$RKE2_VERSION
cni=$RKE2_CNI
EOF
