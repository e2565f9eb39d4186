#!/bin/sh
# Install what the tests need of the system and lack: PostGIS, Redis, Chromium with a Chinese font and certutil, GDAL's tools,
# Prometheus, Alertmanager, four exporters, nginx and logrotate.
set -eu
missing=""
[ -x /usr/lib/postgresql/15/bin/pg_ctl ] && [ -e /usr/share/postgresql/15/extension/postgis.control ] || missing="$missing postgresql-15 postgresql-15-postgis-3"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || missing="$missing chromium"
command -v certutil >/dev/null || missing="$missing libnss3-tools"
command -v promtool >/dev/null || missing="$missing prometheus"
command -v amtool >/dev/null || missing="$missing prometheus-alertmanager"
for exporter in redis postgres nginx node; do
    command -v prometheus-$exporter-exporter >/dev/null || missing="$missing prometheus-$exporter-exporter"
done
command -v nginx >/dev/null || missing="$missing nginx-light"
command -v logrotate >/dev/null || [ -x /usr/sbin/logrotate ] || missing="$missing logrotate"
command -v ogrinfo >/dev/null || missing="$missing gdal-bin"
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$missing fonts-noto-cjk"
[ -z "$missing" ] && exit 0
echo "installing from the system's packages:$missing"
become=""
[ "$(id -u)" -eq 0 ] || become="sudo -n"
export DEBIAN_FRONTEND=noninteractive
# A policy file that exits 101 keeps the packages from starting servers of their own: the tests start theirs.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $become tee "$policy" >/dev/null && $become chmod +x "$policy"
    trap '$become rm -f "$policy"' EXIT
fi
{
    $become apt-get update -q &&
    # shellcheck disable=SC2086
    $become apt-get install -y -q --no-install-recommends $missing
} >/dev/null 2>&1 || { echo "could not install$missing: install them by hand, then run make test again" >&2; exit 1; }
