#!/bin/sh
# As upstream: options alone mean the server; it runs as the user valkey, open to the container's network.
set -eu

case ${1:-} in
  -* | *.conf) set -- valkey-server "$@" ;;
esac
case $1 in
  valkey-server | redis-server) ;;
  *) exec "$@" ;;
esac
if [ "$(id -u)" = 0 ]; then
  chown -R valkey:valkey /data
  exec setpriv --reuid=valkey --regid=valkey --init-groups sh "$0" "$@"
fi
exec "$@" --protected-mode no
