#!/usr/bin/env bash
# Runs the command line tool from the checkout, building it first when it is missing or stale.
set -euo pipefail
source "$(dirname "$(readlink -f "$0")")/.ci/setup.sh"

kt=$bin/Platform.Cli/$pivot/kt.dll
# One look for anything newer than the tool costs some milliseconds at every start, the fingerprint that ./run takes some dozens.
if [ ! -f "$kt" ] || [ -n "$(find "$root"/src/{Cli,Contracts,Forecasting} "$root/ServiceDefaults/Http" "$root/protos" -type f -newer "$kt" -print -quit)" ]; then
  build_if_stale kt src/Cli src/Cli src/Contracts src/Forecasting ServiceDefaults/Http protos
  touch "$kt"
fi
exec dotnet "$kt" "$@"
