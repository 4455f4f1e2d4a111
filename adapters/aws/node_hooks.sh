# shellcheck shell=sh
# How a node speaks to AWS: its own role's credentials from the metadata service (IMDSv2), requests signed by curl (7.88 or later).
# Credentials pass through pipes only: never an argument, never a file, never a log line. Every function's body is a subshell, so that nothing in it
# changes its caller. AWS_* are set above by node_hooks.py.

aws_metadata() ( # aws_metadata PATH
  token=$(curl --disable --silent --show-error --fail --noproxy '*' --connect-timeout 3 --max-time 10 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' http://169.254.169.254/latest/api/token) || exit 1
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" |
    curl --disable --silent --show-error --fail --noproxy '*' --connect-timeout 3 --max-time 10 --config - \
      "http://169.254.169.254/latest/meta-data/$1"
)

# The role's credentials as lines of a curl configuration.
aws_credentials() (
  role=$(aws_metadata iam/security-credentials/) || exit 1
  aws_metadata "iam/security-credentials/$role" | python3 -c '
import json, sys
try:
    given = json.load(sys.stdin)
    print("user = \"%s:%s\"" % (given["AccessKeyId"], given["SecretAccessKey"]))
    print("header = \"x-amz-security-token: %s\"" % given["Token"])
except (ValueError, KeyError, TypeError):
    sys.exit("the metadata service gives no credentials for the role of this machine")'
)

# aws_request SERVICE CURL-ARGUMENT...: prints the body, and the HTTP status on a line of its own. Exit 1: no answer.
aws_request() (
  service=$1
  shift
  credentials=$(aws_credentials) || exit 1
  printf '%s\n' "$credentials" |
    curl --disable --silent --show-error --connect-timeout 5 --max-time 30 --config - \
      --aws-sigv4 "aws:amz:$AWS_HOOKS_REGION:$service" --write-out '\n%{http_code}' "$@"
)

# S3 wants the body's hash in a signed header. Not every curl sends it by itself; every one takes it when it is given.
aws_hash() (
  sum=$(sha256sum <"$1") || exit 1
  printf 'x-amz-content-sha256: %s' "${sum%% *}"
)

aws_status() {
  printf '%s' "$1" | tail -n 1
}

aws_body() {
  printf '%s\n' "$1" | sed '$d'
}

# aws_refused WHAT ANSWER: says why, by status and error code; never the body, which may hold what must not be logged.
aws_refused() {
  printf '%s: AWS answers %s %s\n' "$1" "$(aws_status "$2")" \
    "$(aws_body "$2" | sed -n 's/.*"__type" *: *"\([A-Za-z.#]*\)".*/\1/p; s/.*<Code>\([A-Za-z]*\)<\/Code>.*/\1/p' | head -n 1)" >&2
}

cloud_secret() (
  id=$AWS_HOOKS_SECRETS/$1
  answer=$(aws_request secretsmanager --header 'Content-Type: application/x-amz-json-1.1' \
    --header 'X-Amz-Target: secretsmanager.GetSecretValue' --data-binary "{\"SecretId\":\"$id\"}" \
    "$AWS_HOOKS_SECRETS_URL") || exit 1
  if [ "$(aws_status "$answer")" != 200 ]; then
    aws_refused "the secret $id" "$answer"
    exit 1
  fi
  aws_body "$answer" | python3 -c '
import json, sys
try:
    sys.stdout.write(json.load(sys.stdin)["SecretString"])
except (ValueError, KeyError, TypeError):
    sys.exit("the secret store gives no text")'
)

# Only S3's own word that there is no such key is certain. It gives it to who may list the bucket; to others an absent object is "refused" like
# any other. A missing bucket is a 404 too, and proves nothing.
cloud_claim_get() (
  answer=$(aws_request s3 --header "$(aws_hash /dev/null)" "$AWS_HOOKS_CLAIM") || exit 1
  case $(aws_status "$answer") in
    200) printf '%s\n' "$(aws_body "$answer")" ;;
    404)
      case $answer in
        *'<Code>NoSuchKey</Code>'*) exit 4 ;;
      esac
      aws_refused "reading the claim" "$answer"
      exit 1
      ;;
    *)
      aws_refused "reading the claim" "$answer"
      exit 1
      ;;
  esac
)

# If-None-Match makes the put the first one's: 412 says that the object exists. 409 is a put that met another one, and says nothing.
cloud_claim_put() (
  hash=$(aws_hash "$1") || exit 1
  answer=$(aws_request s3 --request PUT --header 'If-None-Match: *' --header 'Content-Type: text/plain' --header "$hash" \
    --data-binary "@$1" "$AWS_HOOKS_CLAIM") || exit 1
  case $(aws_status "$answer") in
    200) ;;
    412) exit 5 ;;
    *)
      aws_refused "making the claim" "$answer"
      exit 1
      ;;
  esac
)

# The resource name, i-….<region>.compute.internal. A network with a domain of its own may list several names; the first is the node's.
cloud_node_name() (
  names=$(aws_metadata local-hostname) || exit 1
  printf '%s\n' "${names%% *}"
)

cloud_provider_id() (
  zone=$(aws_metadata placement/availability-zone) || exit 1
  id=$(aws_metadata instance-id) || exit 1
  printf 'aws:///%s/%s\n' "$zone" "$id"
)
