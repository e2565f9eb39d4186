# One image for every role: worker, scheduler, metrics, migrate, and any scrapy command (ops/image/entrypoint.sh).
# docker build --build-arg BASE=debian:bookworm-slim@sha256:… pins the base; without Docker: make image.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS base
# Python from Debian: its security updates come with the base's.
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates python3 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*

FROM base AS build
RUN apt-get update -q && apt-get install -y -q --no-install-recommends python3-pip python3-venv
# pip stays out of the image: it installs into it from outside.
RUN python3 -m venv --without-pip /opt/travelcrawl
WORKDIR /build
COPY ops/image/requirements.lock ./
RUN pip --python /opt/travelcrawl/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY ops/image/build.lock ./
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY travelcrawl travelcrawl
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && pip --python /opt/travelcrawl/bin/python install --no-cache-dir --no-deps --no-index /build/wheels/*.whl \
    && pip --python /opt/travelcrawl/bin/python check

FROM base
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends chromium fonts-wqy-microhei libnss3-tools postgresql-client \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/* /usr/share/icons/*
RUN groupadd --gid 1000 travelcrawl \
    && useradd --uid 1000 --gid 1000 --home-dir /var/lib/travelcrawl --no-create-home --shell /usr/sbin/nologin travelcrawl \
    && install -d -o 1000 -g 1000 /var/lib/travelcrawl /archive
COPY --from=build /opt/travelcrawl /opt/travelcrawl
COPY ops/image/entrypoint.sh /usr/local/bin/entrypoint
COPY scrapy.cfg scrapyd.conf /srv/travelcrawl/
# Engines forbid user namespaces by default, and Chromium then does not start with its own sandbox (tried 2026-11-29, uid 1000):
# the container is the fence. BROWSER_SANDBOX=true where the engine allows them.
ENV BROWSER_SANDBOX=false \
    PATH=/opt/travelcrawl/bin:$PATH \
    HOME=/var/lib/travelcrawl \
    LANG=C.UTF-8 \
    TRAVELCRAWL_LOGS=json \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    JOBDIR=/var/lib/travelcrawl/frontier \
    TRAVELCRAWL_NODE_FOLDER=/var/lib/travelcrawl/node \
    TRAVELCRAWL_STORE=/var/lib/travelcrawl/travel.gpkg \
    TRAVELCRAWL_EXPORT_MARK=/var/lib/travelcrawl/exported \
    TRAVELCRAWL_SECRET_FILE=/var/lib/travelcrawl/secret
WORKDIR /srv/travelcrawl
USER 1000:1000
# The root may be read-only: what is written goes here, to /archive and to /tmp.
VOLUME ["/var/lib/travelcrawl", "/archive"]
EXPOSE 6800 9410
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
    CMD ["python", "-IS", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9410/ready', timeout=9)"]
# tini is process 1: it takes in what browsers leave behind, and hands SIGTERM on.
ENTRYPOINT ["tini", "--", "entrypoint"]
CMD ["worker"]
