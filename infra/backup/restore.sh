#!/usr/bin/env bash
# Restore what backup.sh wrote, into an empty database and store. docs/backup.md.
#
#   CORO_DATABASE_URL=postgres://... CORO_STORE_URL=s3://coro-store infra/backup/restore.sh FOLDER
#
# Start the services afterwards, with an empty queue. CORO_PG_EXEC as for backup.sh; its command has to take standard input
# (docker exec -i).
set -euo pipefail

folder=${1:?usage: restore.sh FOLDER}
: "${CORO_DATABASE_URL:?must be set}"
(cd "$folder" && sha256sum --check --quiet SHA256SUMS)

# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# shellcheck disable=SC2086 # CORO_PG_EXEC is several words
pg() { ${CORO_PG_EXEC:-} "$@"; }

there=$(pg psql --no-psqlrc --quiet --tuples-only --no-align --dbname="$CORO_DATABASE_URL" \
  --command="select to_regclass('coro.recording') is not null" </dev/null)
if [ "$there" = t ]; then
  echo 'The database holds a Coro already: restore into an empty one.' >&2
  exit 1
fi
# All or nothing. Views and functions name vector's operators without their schema.
pg psql --no-psqlrc --quiet --dbname="$CORO_DATABASE_URL" --command='create extension if not exists vector' </dev/null
pg pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$CORO_DATABASE_URL" \
  <"$folder/database.dump"
# Who may read, and with which settings, belongs to the server, not to the dump.
pg psql --no-psqlrc --quiet --tuples-only --no-align --dbname="$CORO_DATABASE_URL" \
  --command='select coro.set_up_readers()' --command='analyze' </dev/null

if [ -d "$folder/store" ]; then
  : "${CORO_STORE_URL:?must be set}"
  case $CORO_STORE_URL in
    file://*)
      root=$(path_of "$CORO_STORE_URL")
      mkdir -p "$root"
      tar -C "$folder/store" -cf - . | tar -C "$root" -xf -
      ;;
    s3://*) s3_sync "$folder/store" "$CORO_STORE_URL" ;;
    *)
      echo "CORO_STORE_URL: neither file:// nor s3://" >&2
      exit 1
      ;;
  esac
fi
echo 'Restored. Start the services, then: coro doctor'
