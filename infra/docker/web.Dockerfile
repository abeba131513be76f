# syntax=docker/dockerfile:1
# The web client on Caddy, which also ends TLS and leads to the gateways.
#   docker build --file infra/docker/web.Dockerfile .

FROM node:24.21.0-bookworm-slim AS builder
WORKDIR /build
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM caddy:2.11.7-alpine
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Onasty web" \
  org.opencontainers.image.description="The web client of Onasty, on Caddy" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
# The binary asks for a capability that a container without any cannot give, and then does not start.
RUN setcap -r /usr/bin/caddy \
  && addgroup -g 10001 onasty \
  && adduser -u 10001 -G onasty -D -H -s /sbin/nologin onasty \
  && chown -R 10001:10001 /data /config
COPY infra/caddy /etc/caddy
COPY --from=builder /build/dist /srv/web
USER 10001:10001
EXPOSE 80 443 443/udp
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2020/healthz"]
