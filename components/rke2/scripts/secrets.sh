# shellcheck shell=bash
# Secrets come from the cloud's store with this node's own identity. They pass through pipes only: never an argument, never a log line.

SECRET_TIMEOUT=1800
TOKEN_FILE=$RKE2_ETC/config.yaml.d/50-token.yaml

# A store that fails, or answers half a bundle, fails in unpack.py: that is no JSON.
unpack_bundle() { # unpack_bundle PART
  cloud_secret "$SECRET_NAME" | python3 -IS "$LIBEXEC/unpack.py" "$1" "${ROOT:-/}"
}

fetch_secrets() { # fetch_secrets PART: config, or tls
  local code=0
  status waiting "for this node's secret $SECRET_NAME"
  keep_trying "$SECRET_TIMEOUT" unpack_bundle "$1" || code=$?
  case $code in
    0) ;;
    3) die "the secret $SECRET_NAME does not fit what is on this machine (see the line above)" ;;
    *) die "the secret $SECRET_NAME cannot be read after $SECRET_TIMEOUT seconds: has the stack finished, may this node's identity read it, does this network reach the store?" ;;
  esac
}
