# syntax=docker/dockerfile:1
# The gateway in a container of its own: no compiler, no root, no package index at run time.
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv /opt/edi-gateway
COPY requirements requirements
# Only what is locked, each file by its hash, and nothing that would have to be compiled.
RUN /opt/edi-gateway/bin/pip install --require-hashes --only-binary :all: -r requirements/run.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY schemas schemas
COPY migrations migrations
COPY edi_gateway edi_gateway
RUN /opt/edi-gateway/bin/python -m hatchling build --target wheel --directory dist \
    && /opt/edi-gateway/bin/pip install --no-deps --no-index dist/*.whl \
    && /opt/edi-gateway/bin/pip check

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin edi-gateway \
    && install --directory --owner 10001 --mode 0700 /data /anchor \
    && install --directory /etc/edi-gateway
COPY --from=build /opt/edi-gateway /opt/edi-gateway
ENV PATH=/opt/edi-gateway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EDI_GATEWAY_DATA_DIR=/data \
    EDI_GATEWAY_ANCHOR_FILE=/anchor/ledger.anchor \
    EDI_GATEWAY_HOST=0.0.0.0
# A gateway.toml that is mounted here is read.
WORKDIR /etc/edi-gateway
USER 10001
VOLUME /data /anchor
EXPOSE 8443
# The certificate is not for 127.0.0.1, and nothing is said to the server but "are you ready".
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", "\
import os, ssl, urllib.request;\
tls = bool(os.environ.get('EDI_GATEWAY_TLS_CERT'));\
port = os.environ.get('EDI_GATEWAY_PORT', '8443');\
context = ssl._create_unverified_context() if tls else None;\
urllib.request.urlopen(f\"http{'s' if tls else ''}://127.0.0.1:{port}/readyz\", timeout=4, context=context)"]
ENTRYPOINT ["edi-gateway"]
CMD ["serve"]
