#!/bin/sh
# What a container of the image does: a role, or a scrapy command with its arguments.
set -eu
role="${1:-}"
case "$role" in
worker) shift && exec python -m travelcrawl.node "$@" ;;
migrate) exec scrapy "$@" ;;
scrapy) exec "$@" ;;
*)
    echo "${role:-no role}: say worker, migrate, or a scrapy command: scrapy seed amap -a city=上海" >&2
    exit 2
    ;;
esac
