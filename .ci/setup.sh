# Sourced by run, test and kt: what they share to set the machine up and to build no more than is stale.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# One configuration for everything that runs, so that nothing is built twice: the gateway's added latency is a product figure, and code
# compiled for debugging would falsify it.
configuration=Release
bin=$root/artifacts/bin
pivot=release

# Build servers that outlive the build would be processes left behind. A compiler or a test that runs for a minute gains nothing from measuring its own calls.
export MSBUILDDISABLENODEREUSE=1 DOTNET_TieredPGO=0 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

fail() {
  echo "$(basename "$0"): $1" >&2
  exit 1
}

# setup_machine [PACKAGE...]: installs PostgreSQL and RabbitMQ (but for one that a connection string names), and what else is named, from the distribution's packages where they are missing. The
# platform runs servers of its own from these programs, so the distribution's own services are kept from starting, now and at the next boot.
setup_machine() {
  command -v dotnet >/dev/null || fail "the .NET 10 SDK is not installed: see https://dotnet.microsoft.com/download"
  local missing=()
  [ -n "${ConnectionStrings__postgres:-}" ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
  [ -n "${ConnectionStrings__messaging:-}" ] || [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
  local package
  for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "${missing[*]} not installed, and installing needs root or sudo: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  echo "Installing ${missing[*]}" >&2
  local policy=/usr/sbin/policy-rc.d own_policy=
  if [ ! -e "$policy" ]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod +x "$policy"
  fi
  local status=0
  { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >&2 || status=$?
  [ -n "$own_policy" ] && "${sudo[@]}" rm -f "$policy"
  [ "$status" -eq 0 ] || fail "could not install ${missing[*]}: apt-get install ${missing[*]}"
  if [ -d /run/systemd/system ]; then
    for package in "${missing[@]}"; do "${sudo[@]}" systemctl disable --now --quiet "$package" || true; done
  fi
}

# end_compiler ID: ends the compiler that a build started under that id, if it did.
end_compiler() {
  local arguments process
  for arguments in $(grep -lsF -- "-pipename:$1" /proc/[0-9]*/cmdline); do
    process=${arguments#/proc/}
    kill "${process%/cmdline}" 2>/dev/null || true
  done
}

# Names, sizes and times of everything that a build reads, in one hash: an edited, a new and a deleted file all change it.
sources_fingerprint() {
  (cd "$root" && find "$@" Directory.Build.props Directory.Packages.props global.json .editorconfig BannedSymbols.txt \
    -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum | cut -d' ' -f1)
}

# build_if_stale NAME PROJECTS SOURCES...: builds when a source changed since the last successful build of that name. The build's own
# check takes many seconds for as many projects even when there is nothing to do; this one takes some hundredths.
#
# One compiler for all projects of a build, which is warm from the second on; it is this build's own, and ends with it.
build_if_stale() {
  local name=$1 projects=$2 stamp project fingerprint traps compiler=keeptrusts-$$-$RANDOM
  shift 2
  stamp=$root/artifacts/built-$name
  mkdir -p "$root/artifacts"
  exec 9>"$root/artifacts/build.lock"
  flock 9
  fingerprint=$(sources_fingerprint "$@")
  if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$fingerprint" ]; then
    rm -f "$stamp"
    # A build that is interrupted ends as if all were well; nothing of it may count as built.
    traps=$(trap -p INT TERM)
    trap 'end_compiler "$compiler"; fail "the build was interrupted"' INT TERM
    for project in $projects; do
      dotnet build "$root/$project" -c "$configuration" -v quiet --nologo -clp:NoSummary \
        -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler" >&2 9>&- || {
        end_compiler "$compiler"
        fail "$project does not build"
      }
    done
    end_compiler "$compiler"
    trap - INT TERM
    eval "$traps"
    sources_fingerprint "$@" >"$stamp"
  fi
  exec 9>&-
}
