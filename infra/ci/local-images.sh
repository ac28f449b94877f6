#!/usr/bin/env bash
# The container images that docker-compose.yml and the distributed tests name, on this machine, whatever it can reach.
#
# On a bare Debian machine, as root, it installs the Docker engine (apt) and compose v2. Then, for every image that is
# missing: pulled, where an image registry answers; built here from Debian packages, where none does. An image built
# here is a stand-in: it has the upstream name, so that nothing else needs to know, and the label coro.stand-in.
# Running it again costs a second. Where Docker is already set up, no root is needed.
#
#   WITH_MOTO=1     also moto, for docker-compose.moto.yml
#   OFFLINE=1       ask no registry: build whatever is missing
#   REBUILD=1       build the stand-ins again (implies OFFLINE)
#   CORO_CACHE_DIR  scratch and logs (default /var/cache/coro-images)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CORO_CACHE_DIR:-/var/cache/coro-images}
rebuild=${REBUILD:-0}
offline=${OFFLINE:-$rebuild}
suite=trixie # Debian's release with PostgreSQL 17, pgvector 0.8 and Valkey 8
base=coro-stand-in/debian:$suite

postgres=pgvector/pgvector:pg17
valkey=valkey/valkey:8-alpine
node=node:20-bookworm-slim
versitygw=versity/versitygw:v1.8.0
moto=motoserver/moto:5

say() { printf 'images [%3ds] %s\n' "$SECONDS" "$*"; }
die() {
  echo "images: $*" >&2
  exit 1
}
have() { docker image inspect "$1" >/dev/null 2>&1; }
# quietly LOG COMMAND...: the output goes to a log, which is shown when the command fails.
quietly() {
  local log=$cache/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null || {
    echo "images: failed: $*" >&2
    tail -n 30 "$log" >&2
    return 1
  }
}

# --- Docker engine and compose ---------------------------------------------------------------------------------------

apt_ready() {
  [ "$(id -u)" = 0 ] || die "root is needed to install: $*"
  command -v apt-get >/dev/null || die "no apt-get here: install Docker with compose v2 by hand"
  export DEBIAN_FRONTEND=noninteractive LC_ALL=C
  mkdir -p "$cache"
  [ -n "${apt_updated:-}" ] || quietly apt-update apt-get update -qq
  apt_updated=1
}

# This machine's Debian archive, as its own apt sources name it.
debian_mirror() {
  # shellcheck disable=SC2016 # these are apt's variables
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian/Debian" { print $1; exit }'
}

install_engine() {
  apt_ready docker.io
  say 'installing the Docker engine'
  local packages=(docker.io iptables ca-certificates)
  # Debian 13 has the client in a package of its own.
  ! apt-cache show docker-cli >/dev/null 2>&1 || packages+=(docker-cli)
  quietly apt-docker apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

start_engine() {
  [ "$(id -u)" = 0 ] || die 'no Docker daemon answers, and root is needed to start one'
  say 'starting the Docker daemon'
  if [ -d /run/systemd/system ]; then
    systemctl start docker
  else
    # In a session of its own, or it would end with this script's; without this script's lock.
    setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null 9>&- &
  fi
  for _ in $(seq 120); do
    docker info >/dev/null 2>&1 && return
    sleep 0.5
  done
  tail -n 20 /var/log/dockerd.log >&2 || true
  die 'the Docker daemon did not come up within 60 s'
}

# Debian 12 has compose v1 only. The next release's package holds one static program: unpacked, not installed, through
# an apt state of its own, so that this machine's stays as it is.
install_compose() {
  apt_ready 'compose v2'
  say 'installing compose v2'
  local state=$cache/apt plugins=/usr/local/lib/docker/cli-plugins mirror apt
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die 'no Debian archive among the apt sources: install compose v2 by hand'
  rm -rf "$state" && mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/unpacked" "$plugins"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$state/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state" -o APT::Sandbox::User=root)
  quietly apt-compose-update "${apt[@]}" update
  (cd "$state" && quietly apt-compose "${apt[@]}" download docker-compose && dpkg -x docker-compose_*.deb unpacked)
  install -m 755 "$(find "$state/unpacked" -type f -name docker-compose -size +1M)" "$plugins/docker-compose"
  rm -rf "$state"
}

# --- Stand-ins -------------------------------------------------------------------------------------------------------

build_base() {
  apt_ready mmdebstrap
  command -v mmdebstrap >/dev/null || quietly apt-mmdebstrap apt-get install -y -qq --no-install-recommends mmdebstrap
  local mirror
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || die 'no Debian archive among the apt sources'
  say "building the base of the stand-ins (Debian $suite)"
  quietly base mmdebstrap --variant=minbase --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$suite" "$cache/base.tar" "$mirror"
  docker import -c 'CMD ["bash"]' -c 'LABEL coro.stand-in=base' "$cache/base.tar" "$base" >/dev/null
  rm -f "$cache/base.tar"
}

# stand_in TAG NAME: build TAG from stand-ins/NAME and what was put beside it in the scratch folder. The host's network:
# a machine without a registry often lets nothing out from Docker's own.
stand_in() {
  local tag=$1 name=$2 context=$cache/context-$2
  mkdir -p "$context"
  cp -r "$here/stand-ins/$name/." "$context/"
  quietly "$name" env DOCKER_BUILDKIT=0 docker build --network=host --build-arg "BASE=$base" \
    --build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
    --label "coro.stand-in=$name" -t "$tag" "$context"
  rm -rf "$context"
  say "built $tag"
}

# Node and npm as this machine has them, with the certificates that it trusts and its npm registry, so that an image
# built on it can `npm ci` wherever this machine can.
build_node() {
  local context=$cache/context-node
  command -v npm >/dev/null || {
    say "SKIPPED $node: no Node with npm on this machine to make it from"
    return
  }
  mkdir -p "$context/node_modules"
  cp "$(readlink -f "$(node -p process.execPath)")" "$context/node"
  cp -r "$(npm root -g)/npm" "$context/node_modules/"
  cp /etc/ssl/certs/ca-certificates.crt "$context/"
  echo "registry=$(npm config get registry)" >"$context/npmrc"
  stand_in "$node" node
}

compile_versitygw() {
  command -v go >/dev/null || return 0
  mkdir -p "$cache/context-versitygw"
  quietly versitygw-go env GOPATH="$cache/go" GOBIN="$cache/context-versitygw" GOFLAGS=-modcacherw CGO_ENABLED=0 \
    nice -n 10 go install -ldflags '-s -w' "github.com/versity/versitygw/cmd/versitygw@${versitygw#*:}"
  rm -rf "$cache/go"
}

build_versitygw() {
  if [ -x "$cache/context-versitygw/versitygw" ]; then
    stand_in "$versitygw" versitygw
  else
    say "SKIPPED $versitygw: no Go on this machine to build it with (moto can stand in: WITH_MOTO=1)"
  fi
}

# --- The way through -------------------------------------------------------------------------------------------------

mkdir -p "$cache" 2>/dev/null || cache=$(mktemp -d)
exec 9>"$cache/lock"
flock 9

command -v dockerd >/dev/null || docker info >/dev/null 2>&1 || install_engine
docker info >/dev/null 2>&1 || start_engine
docker compose version >/dev/null 2>&1 || install_compose
say "Docker $(docker version -f '{{.Server.Version}}'), compose $(docker compose version --short)"

wanted=("$valkey" "$postgres" "$node" "$versitygw")
[ "${WITH_MOTO:-0}" != 1 ] || wanted+=("$moto")
missing=()
for image in "${wanted[@]}"; do
  if [ "$rebuild" = 1 ] || ! have "$image"; then missing+=("$image"); fi
done

# One image tells whether a registry answers; a machine without one fails at its name, or within half a minute.
if [ ${#missing[@]} -gt 0 ] && [ "$offline" != 1 ]; then
  if timeout 120 docker pull -q "${missing[0]}" >"$cache/pull.log" 2>&1 </dev/null; then
    for image in "${missing[@]:1}"; do
      docker pull -q "$image" || say "could not be pulled: $image" &
    done
    wait
    still=()
    for image in "${missing[@]}"; do have "$image" || still+=("$image"); done
    missing=("${still[@]}")
  else
    say "no image registry answers: building ${missing[*]}"
  fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  needs() { [[ " ${missing[*]} " == *" $1 "* ]]; }
  rm -rf "$cache"/context-*
  jobs=()
  # The longest job first, beside the downloads of the others.
  if needs "$versitygw"; then
    compile_versitygw &
    compiling=$!
  fi
  if [ "$rebuild" = 1 ] || ! have "$base"; then build_base; fi
  if needs "$postgres"; then stand_in "$postgres" postgres & jobs+=($!); fi
  if needs "$node"; then build_node & jobs+=($!); fi
  if needs "$valkey"; then stand_in "$valkey" valkey & jobs+=($!); fi
  if needs "$moto"; then stand_in "$moto" moto & jobs+=($!); fi
  for job in "${jobs[@]}"; do wait "$job"; done
  if needs "$versitygw"; then
    wait "$compiling"
    build_versitygw
  fi
fi

stand_ins=
for image in "${wanted[@]}"; do
  have "$image" || continue
  name=$(docker image inspect -f '{{index .Config.Labels "coro.stand-in"}}' "$image")
  say "$image${name:+ (stand-in)}"
  stand_ins+=$name
done
# Testcontainers' reaper is an image of its own; Debian's Docker client has no buildx.
[ -z "$stand_ins" ] || say 'with stand-ins, set: DOCKER_BUILDKIT=0 TESTCONTAINERS_RYUK_DISABLED=true'
