#!/bin/sh
# As upstream: arguments go to versitygw; without any, VGW_BACKEND and VGW_BACKEND_ARG say what it serves.
set -eu

[ $# -eq 0 ] || exec versitygw "$@"
# shellcheck disable=SC2086 # several arguments
set -- ${VGW_ARGS:-} "${VGW_BACKEND:?}" "${VGW_BACKEND_ARG:?}" ${VGW_BACKEND_ARGS:-}
exec versitygw "$@"
