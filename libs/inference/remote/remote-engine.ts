import { setTimeout as delay } from 'node:timers/promises';
import type { SpanReference } from '#kernel';
import type { EngineLink, EngineListener } from '../dispatch/engine-link.js';
import { EngineHost } from '../engine/engine-host.js';
import type { LoadedModel, RunSample } from '../engine/engine.messages.js';
import type { Graph } from '../engine/graph.js';
import { reasonOf } from '../engine/runner.js';
import { SinglePassRunner } from '../engine/single-pass.runner.js';
import { compareSignature } from './compare-signature.js';
import { OpenInferenceClient, ServerAwayError } from './open-inference.client.js';
import { RemoteGraph } from './remote-graph.js';
import { RemoteMismatchError } from './remote-mismatch.error.js';
import type { RemoteServer } from './remote-server.js';

const startPollMs = 500;
const idlePollMs = 5_000;
/** Questions that a server answers without computing anything. */
const askTimeoutMs = 5_000;

/**
 * One run at a time on a server elsewhere: what an engine host is on this machine, as its dispatcher sees it. It lives
 * as long as the server takes work. When the server does not, this engine is lost like a host that crashed, and its
 * successor is ready when the server is.
 */
export class RemoteEngine implements EngineLink {
  readonly ready: Promise<RunSample[]>;
  readonly pid = undefined;
  readonly rssBytes = 0;
  readonly #server: RemoteServer;
  readonly #client: OpenInferenceClient;
  readonly #models: readonly LoadedModel[];
  readonly #listener: EngineListener;
  readonly #host: EngineHost;
  readonly #ended = new AbortController();
  /** Rows that somebody waits for. */
  readonly #open = new Set<number>();
  #abandoned = new AbortController();
  #poll: NodeJS.Timeout | undefined;

  constructor(server: RemoteServer, models: readonly LoadedModel[], listener: EngineListener) {
    this.#server = server;
    this.#client = new OpenInferenceClient(server.url, server.headers);
    this.#models = models;
    this.#listener = listener;
    this.#host = new EngineHost({
      onReport: (report) => {
        for (const { id } of [...report.done, ...report.failed]) this.#open.delete(id);
        if (!this.#ended.signal.aborted) listener.onReport({ type: 'report', ...report, rssBytes: 0 });
      },
      onDropped: (ids) => {
        if (!this.#ended.signal.aborted) listener.onDropped(ids);
      },
    });
    this.ready = this.#start();
  }

  get server(): string {
    return this.#server.url;
  }

  activity(): undefined {
    return undefined;
  }

  run({ ref, rows, length }: Parameters<EngineLink['run']>[0], trace?: SpanReference): void {
    for (const { id } of rows) this.#open.add(id);
    this.#host.run({ type: 'run', ref, rows, length }, trace);
  }

  /** Breaks the request under way off when nobody waits for any of its rows; the server may stop computing then. */
  cancel(ids: number[]): void {
    this.#host.cancel(ids);
    for (const id of ids) this.#open.delete(id);
    if (this.#open.size > 0) return;
    this.#abandoned.abort();
    this.#abandoned = new AbortController();
  }

  stop(): Promise<void> {
    this.kill('stopped');
    return Promise.resolve();
  }

  kill(reason: string): void {
    if (this.#ended.signal.aborted) return;
    clearInterval(this.#poll);
    this.#ended.abort(new Error(reason));
    this.#abandoned.abort();
    this.#listener.onExit(reason);
  }

  async #start(): Promise<RunSample[]> {
    try {
      await this.#untilReady();
      await this.#compare();
      const samples = await this.#warmUp();
      this.#poll = setInterval(() => void this.#checkIdle(), idlePollMs);
      return samples;
    } catch (error) {
      this.kill(reasonOf(error));
      throw error;
    }
  }

  async #untilReady(): Promise<void> {
    const endsAt = performance.now() + this.#server.startTimeoutMs;
    for (;;) {
      const reason = await this.#notReady();
      if (reason === undefined) return;
      if (performance.now() > endsAt) throw new ServerAwayError(reason);
      await delay(startPollMs, undefined, { signal: this.#ended.signal });
    }
  }

  async #compare(): Promise<void> {
    const problems = await Promise.all(this.#models.map((model) => this.#problemsOf(model)));
    if (problems.flat().length > 0) throw new RemoteMismatchError(this.server, problems.flat());
  }

  async #problemsOf({ ref, manifest }: LoadedModel): Promise<string[]> {
    const { main } = manifest.graphs;
    if (main === undefined) return [`${ref}: it has no graph for one pass`];
    const metadata = await this.#client.describe(this.#server.pathOf(manifest.name), this.#askSignal());
    return compareSignature(main, metadata).map((difference) => `${ref}: ${difference}`);
  }

  /**
   * A full batch too: a server that takes fewer rows is found out now, not by a customer on a busy day. Once is enough:
   * one that was overloaded a moment ago needs no more such work to prove itself.
   */
  async #warmUp(): Promise<RunSample[]> {
    const runners: SinglePassRunner[] = [];
    const load = (model: LoadedModel) => {
      const runner = new SinglePassRunner(model, this.#graphOf(model));
      runners.push(runner);
      return Promise.resolve(runner);
    };
    try {
      const time = { startedAt: performance.now(), timeoutMs: this.#server.startTimeoutMs };
      if (this.#server.measured)
        return await this.#host.start(this.#models, load, { warmUp: 'none', ...time });
      const samples = await this.#host.start(this.#models, load, { warmUp: 'timed', ...time });
      for (const runner of runners) await runner.fill();
      this.#server.measured = true;
      return samples;
    } catch (error) {
      throw error instanceof ServerAwayError
        ? error
        : new RemoteMismatchError(this.server, [reasonOf(error)]);
    }
  }

  /** A host's death is noticed when it happens; a server's only by asking. While rows are under way they ask. */
  async #checkIdle(): Promise<void> {
    if (this.#open.size > 0) return;
    const reason = await this.#notReady();
    if (reason !== undefined && this.#open.size === 0) this.kill(reason);
  }

  #graphOf(model: LoadedModel): Graph {
    const life = { type: 'report', ref: model.ref, rows: 0, length: 0, ms: 0, rssBytes: 0 } as const;
    const graph = new RemoteGraph(this.#client, this.#server, model, () => ({
      signal: this.#abandoned.signal,
      alive: () => this.#listener.onReport({ ...life, done: [], failed: [] }),
    }));
    return {
      run: (feeds, trace) =>
        graph.run(feeds, trace).catch((error: unknown) => {
          // First of all: the rows of this run are still in flight, and are run again instead of refused.
          if (error instanceof ServerAwayError) this.kill(error.message);
          throw error;
        }),
    };
  }

  #notReady(): Promise<string | undefined> {
    const paths = this.#models.map(({ manifest }) => this.#server.pathOf(manifest.name));
    return this.#client.notReady(paths, this.#askSignal());
  }

  #askSignal(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, AbortSignal.timeout(askTimeoutMs)]);
  }
}
