# The images of Inferway. Every RUN is a script, so that the steps are exercised where no container engine is at hand:
# test/setup/images.spec.ts runs those of each image in a folder of its own and starts what is there.
#
#   docker build --tag inferway .                                       the one-process server, the last target
#   docker build --target gateway --tag inferway-gateway .              no engine, no model
#   docker build --target worker-cpu --tag inferway-worker-cpu .
#   docker build --target worker-cuda --tag inferway-worker-cuda .      x86-64; untested for want of a GPU
#
#   --build-arg MODELS=none      no starter pack: mount models at /models
#   --build-arg FFMPEG=static    the gateway and serve read videos; FFmpeg is under the GPL, so it is asked for
#   --build-arg REVISION=...     the commit, for a label
#
#   docker run --read-only --tmpfs /tmp --volume inferway:/home/node --publish 8080:8080 inferway
#
# Nothing is written to an image but by mounts. The command line is in all of them, with the commands that their part of
# the product has: node dist/apps/inferway/src/main.js

ARG MODELS=starter
ARG FFMPEG=none

FROM node:24-bookworm-slim AS base
WORKDIR /app

FROM base AS packages
ENV CI=true
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN scripts/install-packages.sh

FROM packages AS build
COPY . .
RUN scripts/generate-client.sh
RUN scripts/build.sh

# What runs: no compiler, no tests, no second Node. Then what each program runs on, and what that is.
FROM base AS production-packages
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN scripts/install-packages.sh --production
COPY images.json ./
COPY models models

FROM production-packages AS gateway-packages
ARG FFMPEG
RUN scripts/prune-packages.sh gateway
RUN scripts/write-sbom.sh ffmpeg-${FFMPEG}

FROM production-packages AS worker-packages
ARG MODELS
RUN scripts/prune-packages.sh worker
RUN scripts/write-sbom.sh models-${MODELS}

FROM worker-packages AS cuda-packages
RUN scripts/write-sbom.sh cuda

FROM production-packages AS serve-packages
ARG MODELS
ARG FFMPEG
RUN scripts/prune-packages.sh serve
RUN scripts/write-sbom.sh models-${MODELS} ffmpeg-${FFMPEG}

# The model pack changes seldom and needs Python: a stage of its own, which depends on models/ and scripts/ only.
FROM python:3.11-slim-bookworm AS models-starter
WORKDIR /app
COPY --from=base /usr/local/bin/node /usr/local/bin/node
COPY --from=base /usr/local/lib/node_modules /usr/local/lib/node_modules
ENV PATH=/usr/local/lib/node_modules/npm/bin:$PATH INFERWAY_MODELS=/models
COPY scripts scripts
COPY models models
RUN scripts/build-models.sh

FROM scratch AS models-none
WORKDIR /models

# One of the two, a stage above.
# hadolint ignore=DL3006
FROM models-${MODELS} AS models

FROM python:3.11-slim-bookworm AS ffmpeg-static
WORKDIR /app
COPY scripts scripts
COPY models/requirements.txt models/
RUN scripts/install-ffmpeg.sh /opt/ffmpeg

FROM scratch AS ffmpeg-none
WORKDIR /opt/ffmpeg

# hadolint ignore=DL3006
FROM ffmpeg-${FFMPEG} AS ffmpeg

FROM python:3.11-slim-bookworm AS cuda
WORKDIR /app
COPY scripts scripts
COPY models/requirements.txt models/
RUN scripts/install-cuda.sh /opt/cuda

FROM base AS runtime
ARG REVISION=unknown
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
# As scripts/node says, and not jemalloc, measured on `serve` with one engine under 24 clients of all tasks, in turns on a
# busy machine, means of three to six runs. At most 877 MB with these two, 874 with Debian's jemalloc; ten seconds later
# 873, with jemalloc 826, or 781 when the engines have it too; 19.7 ms of CPU a request, 19.9 with jemalloc. With two
# arenas that give back after a second 822 MB at most, but 21.8 ms. Limits are set by the most, so it earned nothing.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 NODE_OPTIONS=--max-semi-space-size=16
COPY --from=build /app/dist dist
COPY --from=build /app/prisma/migrations prisma/migrations
COPY LICENSE NOTICE ./
COPY scripts/healthcheck.js scripts/
LABEL org.opencontainers.image.vendor="Inferway" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.licenses="Apache-2.0" \
  inferway.sbom="/app/sbom.cdx.json"
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["node", "scripts/healthcheck.js"]

FROM runtime AS gateway
# For the command line in a container; the gateway itself keeps nothing.
ENV INFERWAY_HOME=/tmp/inferway
COPY --from=ffmpeg /opt/ffmpeg/ /usr/local/bin/
COPY --from=gateway-packages /app/node_modules node_modules
COPY --from=gateway-packages /app/package.json /app/sbom.cdx.json ./
LABEL org.opencontainers.image.title="Inferway gateway" \
  org.opencontainers.image.description="The API of an Inferway cluster, and its migrations"
# By number: Kubernetes cannot know that a name is not root.
USER 1000:1000
ENTRYPOINT ["node", "dist/apps/gateway/src/main.js"]

FROM runtime AS worker-cpu
ENV INFERWAY_MODELS=/models
COPY --from=models /models /models
COPY --from=worker-packages /app/node_modules node_modules
COPY --from=worker-packages /app/package.json /app/sbom.cdx.json ./
LABEL org.opencontainers.image.title="Inferway worker" \
  org.opencontainers.image.description="Models and engines of an Inferway cluster, on CPUs"
USER 1000:1000
ENTRYPOINT ["node", "dist/apps/worker/src/main.js"]

# The starter pack has no CUDA variants: models are mounted. The driver is the host's, lent by NVIDIA's container toolkit.
FROM runtime AS worker-cuda
ENV INFERWAY_MODELS=/models ENGINE_DEVICE=cuda ENGINE_HOSTS=1
ENV LD_LIBRARY_PATH=/opt/cuda/lib NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=cuda /opt/cuda/lib /opt/cuda/lib
COPY --from=cuda-packages /app/node_modules node_modules
COPY --from=cuda /opt/cuda/provider node_modules/onnxruntime-node/bin/napi-v6/linux/x64
COPY --from=cuda-packages /app/package.json /app/sbom.cdx.json ./
# What `inferway gpu-check` asks.
COPY models/golden/translate/sentences.en.json models/golden/translate/
LABEL org.opencontainers.image.title="Inferway worker for CUDA" \
  org.opencontainers.image.description="Models and engines of an Inferway cluster, on an NVIDIA GPU"
USER 1000:1000
ENTRYPOINT ["node", "dist/apps/worker/src/main.js"]

FROM runtime AS serve
# State goes to the user's home: the one folder that belongs to it already.
ENV INFERWAY_HOME=/home/node/data INFERWAY_MODELS=/models
COPY --from=ffmpeg /opt/ffmpeg/ /usr/local/bin/
COPY --from=models /models /models
COPY --from=serve-packages /app/node_modules node_modules
COPY --from=serve-packages /app/package.json /app/sbom.cdx.json ./
LABEL org.opencontainers.image.title="Inferway" \
  org.opencontainers.image.description="Translation, question answering, embeddings and image analysis behind one API, in one process"
USER 1000:1000
VOLUME /home/node
ENTRYPOINT ["node", "dist/apps/inferway/src/main.js"]
CMD ["serve"]
