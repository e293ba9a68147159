# `make serve` and `make test` do all the set-up they need. `make` alone lists the targets.
.SILENT:
.PHONY: help setup serve cluster demo test bench soak gpu-check lint build clean

inferway := scripts/node dist/apps/inferway/src/main.js

help:
	echo 'make serve   start the server (HOST, PORT, INFERWAY_HOME; docs/configuration.md has the rest)'
	echo 'make cluster start Redis, Postgres, a gateway and two workers here (ARGS="--gateways 2 --workers 2")'
	echo 'make demo    start it, ask it four things, print the answers, stop'
	echo 'make test    every check and every test'
	echo 'make bench   measure it; ARGS go to the benchmark, e.g. ARGS="--out bench.json"'
	echo 'make soak    a cluster under load whose processes are killed, then left in peace; about half an hour'
	echo 'make gpu-check  compare CUDA with the CPU, on a machine that has it'
	echo 'make lint    lint, format and type checks'
	echo 'make build   compile to dist/'
	echo 'make clean   remove what was built here; packages, models and data stay'

setup:
	scripts/setup.sh

serve: setup
	scripts/install-ffmpeg.sh >/dev/null || echo '  going on without FFmpeg: videos will be refused' >&2
	exec $(inferway) serve

cluster: setup
	scripts/install-redis.sh
	scripts/install-ffmpeg.sh >/dev/null || echo '  going on without FFmpeg: videos will be refused' >&2
	exec $(inferway) cluster $(ARGS)

demo: setup
	exec $(inferway) demo

test:
	scripts/test.sh

bench: setup
	exec npm run --silent bench -- $(ARGS)

soak: setup
	scripts/install-redis.sh
	exec npm run --silent soak -- $(ARGS)

gpu-check: setup
	exec $(inferway) gpu-check

lint:
	scripts/install-packages.sh
	scripts/generate-client.sh
	npm run --silent lint
	npm run --silent format:check
	npm run --silent types

build:
	scripts/install-packages.sh
	scripts/generate-client.sh
	scripts/build.sh

clean:
	rm -rf dist packages/sdk/dist coverage .cache libs/persistence/generated
