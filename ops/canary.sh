#!/bin/sh
# One worker of a new image beside those that run, for a minute; promoted where it does as well, else taken back: ops/canary.sh IMAGE
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo "usage: ops/canary.sh IMAGE" >&2; exit 2; }
name=travelcrawl-canary
# It gives back what it holds, as any worker.
trap 'docker stop --time 120 "$name" >/dev/null 2>&1 || true; docker rm --force "$name" >/dev/null 2>&1 || true' EXIT
TRAVELCRAWL_IMAGE="$1" docker compose run --detach --no-deps --name "$name" worker worker >/dev/null
if docker compose exec -T worker scrapy canary http://worker:9410/metrics "http://$name:9410/metrics" --seconds "${CANARY_SECONDS:-60}"; then
    TRAVELCRAWL_IMAGE="$1" sh ops/deploy.sh
else
    echo "canary: $1 was taken back"
    exit 1
fi
