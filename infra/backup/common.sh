# What backup.sh and restore.sh have in common; sourced by them.

# The settings of Coro's own processes hold for the aws command too. Servers that are not AWS know no newer checksums.
s3_sync() {
  AWS_REQUEST_CHECKSUM_CALCULATION=when_required AWS_RESPONSE_CHECKSUM_VALIDATION=when_required \
    aws --region "${AWS_REGION:-us-east-1}" ${CORO_S3_ENDPOINT:+--endpoint-url "$CORO_S3_ENDPOINT"} \
    s3 sync --only-show-errors "$1" "$2"
}
# file:///srv/my%20store is /srv/my store.
path_of() {
  local path=${1#file://}
  printf '%b' "${path//%/\\x}"
}
