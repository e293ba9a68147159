# One image for every program. Every RUN is a script that `make serve` and `make test` run as well, so that
# the steps are exercised where no container engine is at hand; test/setup/dockerfile.spec.ts holds them together.
#
#   docker build --target serve --tag inferway .
#   docker run --read-only --tmpfs /tmp --volume inferway:/home/node --publish 8080:8080 inferway
#
# It starts the one-process server. The programs of a cluster are the same image with another entrypoint, as the chart
# (helm/) and docker-compose.yml give it; settings in docs/configuration.md:
#
#   node dist/apps/inferway/src/main.js migrate
#   node dist/apps/gateway/src/main.js
#   node dist/apps/worker/src/main.js

FROM node:24-bookworm-slim AS packages
WORKDIR /app
ENV CI=true
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN scripts/install-packages.sh

FROM packages AS build
COPY . .
RUN scripts/generate-client.sh
RUN scripts/build.sh

# What runs: no compiler, no tests, no second Node.
FROM node:24-bookworm-slim AS production-packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN scripts/install-packages.sh --production

# The model pack changes seldom and needs Python: a stage of its own, which depends on models/ and scripts/ only.
FROM python:3.11-slim-bookworm AS models
WORKDIR /app
COPY --from=packages /usr/local/bin/node /usr/local/bin/node
COPY --from=packages /usr/local/lib/node_modules /usr/local/lib/node_modules
ENV PATH=/usr/local/lib/node_modules/npm/bin:$PATH INFERWAY_MODELS=/models
COPY scripts scripts
COPY models models
RUN scripts/build-models.sh

FROM node:24-bookworm-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 INFERWAY_HOME=/home/node/data INFERWAY_MODELS=/models
# As scripts/node says.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144
COPY --from=production-packages /app/node_modules node_modules
COPY --from=models /models /models
COPY --from=build /app/dist dist
COPY --from=build /app/prisma/migrations prisma/migrations
COPY --from=build /app/package.json /app/LICENSE /app/NOTICE ./
COPY --from=build /app/scripts/healthcheck.js scripts/
# The image itself is never written to. State goes to the user's home: the one folder that belongs to it already.
USER node
VOLUME /home/node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "scripts/healthcheck.js"]

FROM runtime AS serve
ENTRYPOINT ["node", "dist/apps/inferway/src/main.js"]
CMD ["serve"]
