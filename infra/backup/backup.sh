#!/usr/bin/env bash
# Back up a distributed Coro: the database as a custom-format dump, and the store. docs/backup.md.
#
#   CORO_DATABASE_URL=postgres://... CORO_STORE_URL=s3://coro-store infra/backup/backup.sh [--no-store] FOLDER
#
# Services may run meanwhile: the dump is one moment of the database, and the store is copied after it, so that whatever
# the dump names is in the copy (or is found to be missing, and made again).
# CORO_PG_EXEC is put before pg_dump, where it is in a container: CORO_PG_EXEC='docker compose exec -T postgres'.
set -euo pipefail

with_store=yes
if [ "${1:-}" = --no-store ]; then
  with_store=no
  shift
fi
folder=${1:?usage: backup.sh [--no-store] FOLDER}
: "${CORO_DATABASE_URL:?must be set}"

if [ -e "$folder" ]; then
  echo "$folder is there already" >&2
  exit 1
fi
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

unfinished=$folder.unfinished
rm -rf "$unfinished"
mkdir -p "$unfinished"

# The queue needs no backup: the database is the backlog. Its tables (embedded systems have some) stay out.
# shellcheck disable=SC2086 # CORO_PG_EXEC is several words
${CORO_PG_EXEC:-} pg_dump --format=custom --no-owner --no-privileges --exclude-schema=bullmq \
  --dbname="$CORO_DATABASE_URL" >"$unfinished/database.dump"

if [ "$with_store" = yes ]; then
  : "${CORO_STORE_URL:?must be set, or say --no-store}"
  mkdir "$unfinished/store"
  case $CORO_STORE_URL in
    file://*)
      root=$(path_of "$CORO_STORE_URL")
      # What is on its way into the store is not in it yet.
      if [ -d "$root" ]; then tar -C "$root" --exclude=./.staging -cf - . | tar -C "$unfinished/store" -xf -; fi
      ;;
    s3://*)
      # Prepared audio may expire while it is copied; the next listing lacks it.
      s3_sync "$CORO_STORE_URL" "$unfinished/store" || s3_sync "$CORO_STORE_URL" "$unfinished/store"
      ;;
    *)
      echo "CORO_STORE_URL: neither file:// nor s3://" >&2
      exit 1
      ;;
  esac
fi
(cd "$unfinished" && find . -type f ! -name SHA256SUMS -exec sha256sum {} + >SHA256SUMS)
mv "$unfinished" "$folder"
echo "$folder: $(du -sh "$folder" | cut -f1)"
