#!/usr/bin/env bash
# What Coro and testcontainers use of the upstream image: POSTGRES_USER, _PASSWORD, _DB (each with _FILE),
# POSTGRES_INITDB_ARGS, POSTGRES_HOST_AUTH_METHOD=trust, PGDATA, and .sql and .sh files in /docker-entrypoint-initdb.d.
set -euo pipefail

case ${1:-} in
  -*) set -- postgres "$@" ;;
  postgres) ;;
  *) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups bash "$0" "$@"
fi

create_cluster() {
  local name file user database auth=scram-sha-256
  for name in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do
    file=${name}_FILE
    if [ -n "${!file:-}" ]; then printf -v "$name" %s "$(<"${!file}")"; fi
  done
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ "${POSTGRES_HOST_AUTH_METHOD:-}" = trust ]; then
    auth=trust
  elif [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo 'POSTGRES_PASSWORD is not set' >&2
    exit 1
  fi

  # shellcheck disable=SC2086 # several arguments
  initdb -D "$PGDATA" -U "$user" --pwfile=<(echo "${POSTGRES_PASSWORD:-unused}") \
    --auth-local=trust --auth-host="$auth" ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all $auth" >>"$PGDATA/pg_hba.conf"

  # Reachable through its socket only, until it is ready.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  local psql=(psql -v ON_ERROR_STOP=1 -U "$user")
  [ "$database" = postgres ] || "${psql[@]}" -d postgres -v "name=$database" <<<'create database :"name"'
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) bash "$file" ;;
      *.sql) "${psql[@]}" -d "$database" -f "$file" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo 'PostgreSQL init process complete; ready for start up.'
}

[ -s "$PGDATA/PG_VERSION" ] || create_cluster
exec "$@"
