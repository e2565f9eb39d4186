#!/bin/sh
# Build, migrate, start service by service, ask /ready; where that fails, go back to the image before and say so. TRAVELCRAWL_IMAGE
# in the environment names an image that is there already: nothing is built then.
set -eu
cd "$(dirname "$0")/.."
WAIT="${DEPLOY_WAIT:-60}"
built="${TRAVELCRAWL_IMAGE:-}"
new="${built:-travelcrawl:0.1.0}"

say() { echo "deploy: $*"; }
running() { docker compose ps --quiet worker 2>/dev/null | head -n 1 | xargs -r docker inspect --format '{{.Image}}'; }
start() { docker compose up --detach --no-deps --no-build --wait --wait-timeout "$WAIT" "$@"; }
ready() {
    docker compose exec -T worker python -IS -c "import urllib.request as r; r.urlopen('http://127.0.0.1:9410/ready', timeout=9)"
}

# Compose says itself which password is missing.
docker compose config --quiet || exit 2
before="$(running)"
[ -n "$built" ] || docker compose build worker || { say "the image could not be built; what runs was not touched"; exit 1; }
export TRAVELCRAWL_IMAGE="$new"

start postgis redis || { say "database or Redis is not healthy; what runs was not touched further"; exit 1; }
migrated="$(docker compose run --rm --no-deps -T migrate migrate)" || {
    say "the database could not be migrated: $migrated; workers were not touched"
    exit 1
}
say "database: $migrated"

if start worker && ready && start nginx && docker compose up --detach --no-build --wait --wait-timeout "$WAIT"; then
    say "runs $(running)"
    say "https://localhost:${HTTPS_PORT:-443}: /scrapyd/ and /metrics by password, /grafana/, /health"
    exit 0
fi

docker compose logs --no-color --tail 20 worker >&2 || true
if [ -z "$before" ]; then
    say "the new image is not ready, and nothing ran before it"
elif [ "$migrated" != "up to date" ]; then
    say "the new image is not ready, and it has changed the database ($migrated), which $before refuses: restore the backup (docs/operations.md)"
elif TRAVELCRAWL_IMAGE="$before" start worker; then
    say "the new image is not ready: went back to $before"
else
    say "the new image is not ready, and neither is $before"
fi
exit 1
