import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { Duplex } from 'node:stream';
import { FrameReader } from '../channel/frame-reader.js';
import { hostDescriptor, MessageWriter } from '../channel/message-pipe.js';
import {
  hostEvent,
  type HostCommand,
  type LoadedModel,
  type RefusedCopy,
  type RunSample,
  type WarmUp,
} from '../engine/engine.messages.js';
import { hostEnvironment } from '../host-environment.js';
import { ownProgram } from '../own-program.js';
import { CopyCrashError, discard, setAside } from '../prepacked/set-aside.js';
import { activityOf, type Activity } from './activity.js';
import type { EngineLink, EngineListener, OpenEngine } from './engine-link.js';

interface EngineSetup {
  models: readonly LoadedModel[];
  /** Key of `variants` in the manifests. */
  variant: string;
  startTimeoutMs: number;
  warmUp: WarmUp;
  /** Told before it is ready. */
  onCopyRefused: (copy: RefusedCopy) => void;
}

/** Key of `variants` whose runs are computed on the main thread of their host. */
const ownThreadVariant = 'cpu';

/**
 * Nice value of a host. Its parent serves clients, renews locks and answers probes on the same cores: it must not wait for
 * a time slice behind a matrix product.
 */
const niceness = 5;
/** Errors of native code end up here; kept short, for the log. */
const keptStderrLength = 2_000;
/**
 * How native code ends its process by itself. SIGABRT may be want of memory as well, as V8 and malloc end by it; SIGKILL is
 * nothing but that, by the kernel, or ours.
 */
const crashes: readonly (NodeJS.Signals | null)[] = ['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGABRT'];

/**
 * Engines that are child processes of this one. On the CPU one is timed, for all cost the same; those that start beside it
 * only warm up, and those that come later do not even that: rows wait for whoever takes the place of a lost one. A device
 * has its first runs to prepare for. Once one has crashed as it opened prepacked copies, those that follow open the graphs
 * themselves. A copy that all refuse is heard of once.
 */
export function engineHosts(setup: Pick<EngineSetup, 'variant' | 'startTimeoutMs'>): OpenEngine {
  let next: WarmUp = 'timed';
  let opensCopies = true;
  const discarded = new Set<string>();
  return (models, listener) => {
    const opened = opensCopies ? models : models.map((model) => ({ ...model, prepacked: {} }));
    const onCopyRefused = (copy: RefusedCopy) => {
      if (discarded.has(copy.path)) return;
      discarded.add(copy.path);
      listener.onCopyLost(discard(copy));
    };
    const warmUp = setup.variant === ownThreadVariant ? next : 'timed';
    if (warmUp === 'timed') next = 'untimed';
    const engine = new EngineProcess({ ...setup, models: opened, warmUp, onCopyRefused }, listener);
    engine.ready.then(
      () => {
        if (warmUp === 'timed') next = 'none';
      },
      (error: unknown) => {
        if (warmUp === 'timed') next = 'timed';
        if (!(error instanceof CopyCrashError)) return;
        opensCopies = false;
        setAside(opened);
      },
    );
    return engine;
  };
}

/** One child process with its pipe. */
class EngineProcess implements EngineLink {
  readonly server = undefined;
  readonly ready: Promise<RunSample[]>;
  readonly #child: ChildProcess;
  readonly #pipe: Duplex | undefined;
  readonly #writer: MessageWriter | undefined;
  readonly #listener: EngineListener;
  /** Resolves with why. */
  readonly #exited: Promise<string>;
  readonly #variant: string;
  readonly #onCopyRefused: EngineSetup['onCopyRefused'];
  #stderr = '';
  #reason: string | undefined;
  #rssBytes = 0;

  constructor(
    { models, variant, startTimeoutMs, warmUp, onCopyRefused }: EngineSetup,
    listener: EngineListener,
  ) {
    const { path, execArgv } = ownProgram('engine/engine-host.main');
    this.#listener = listener;
    this.#variant = variant;
    this.#onCopyRefused = onCopyRefused;
    this.#child = spawn(process.execPath, [...execArgv, path], {
      env: hostEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#pipe = pipeOf(this.#child);
    this.#writer = this.#pipe && new MessageWriter(this.#pipe);
    // It breaks when its host dies, whose end says why; a host that closed it alone is of no use.
    this.#pipe?.on('error', () => this.#child.kill('SIGKILL'));
    this.#child.once('spawn', () => {
      if (this.#child.pid !== undefined) setPriority(this.#child.pid, niceness);
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-keptStderrLength);
    });
    this.#exited = new Promise((resolve) => {
      const end = (how: string) => {
        const reason = this.#reason ?? [how, this.#stderr.trim()].filter(Boolean).join(': ');
        resolve(reason);
        this.#listener.onExit(reason);
      };
      // Not `exit`, which comes before its last messages are read.
      this.#child.once('close', (code, signal) => end(`host ended (${signal ?? `code ${code ?? '?'}`})`));
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) this.#reason ??= `host could not be started (${error.message})`;
      });
    });
    const holdsCopies = models.some(({ prepacked = {} }) => Object.keys(prepacked).length > 0);
    this.ready = this.#waitUntilReady(startTimeoutMs, holdsCopies);
    this.#send({ type: 'start', models: [...models], variant, warmUp, startTimeoutMs });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Only of runs on its main thread, as one that waits for a device sleeps, and only while it does not wait for us. */
  activity(): Activity | undefined {
    const hasAll = this.#pipe?.writableLength === 0;
    return this.#variant === ownThreadVariant && hasAll && this.pid !== undefined
      ? activityOf(this.pid)
      : undefined;
  }

  get rssBytes(): number {
    return this.#rssBytes;
  }

  run(command: Omit<Extract<HostCommand, { type: 'run' }>, 'type'>): void {
    this.#send({ type: 'run', ...command });
  }

  cancel(ids: number[]): void {
    this.#send({ type: 'cancel', ids });
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#reason = 'stopped';
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeoutMs);
    await this.#exited;
    clearTimeout(timer);
  }

  kill(reason: string): void {
    this.#reason ??= reason;
    this.#child.kill('SIGKILL');
  }

  #waitUntilReady(timeoutMs: number, holdsCopies: boolean): Promise<RunSample[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.kill(`not ready after ${timeoutMs} ms`), timeoutMs);
      void this.#exited.then((reason) => {
        clearTimeout(timer);
        const byCopy = holdsCopies && crashes.includes(this.#child.signalCode);
        reject(byCopy ? new CopyCrashError(reason) : new Error(reason));
      });
      const reader = new FrameReader((message) => {
        const parsed = hostEvent.safeParse(message);
        if (!parsed.success) this.kill('a message does not fit its schema');
        else if (parsed.data.type === 'fatal') this.#reason = parsed.data.reason;
        else if (parsed.data.type === 'dropped') this.#listener.onDropped(parsed.data.ids);
        else {
          this.#rssBytes = parsed.data.rssBytes;
          if (parsed.data.type === 'report') this.#listener.onReport(parsed.data);
          else {
            clearTimeout(timer);
            for (const copy of parsed.data.refusedCopies) this.#onCopyRefused(copy);
            resolve(parsed.data.samples);
          }
        }
      });
      this.#pipe?.on('data', (chunk: Uint8Array) => reader.push(chunk));
    });
  }

  #send(command: HostCommand): void {
    // A send that fails is followed by the host's end, where rows in flight are saved; there is nothing to do here.
    if (this.#pipe?.writable) this.#writer?.send(command);
  }
}

/** @returns none for a process that could not be started for want of descriptors. */
function pipeOf({ stdio }: Partial<ChildProcess>): Duplex | undefined {
  const pipe = stdio?.[hostDescriptor];
  return pipe instanceof Duplex ? pipe : undefined;
}
