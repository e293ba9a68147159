import type { SpanReference } from '#kernel';
import type { HostCommand, LoadedModel, RunReport, RunSample } from '../engine/engine.messages.js';
import type { Activity } from './activity.js';

/** Who hears what an engine says. */
export interface EngineListener {
  onReport(report: RunReport): void;
  /** Cancelled rows are in no run any more, nor will be. Said of every row that `cancel` named. */
  onDropped(ids: readonly number[]): void;
  /** A file that engines share cannot be used, in words that say what becomes of it. The engine does without. */
  onCopyLost(problem: string): void;
  /** The engine is gone, or as good as gone. Told once, also when it was asked to stop. */
  onExit(reason: string): void;
}

/** The way to one engine: a process of this machine, or a connection to a server. Knows nothing of rows in flight. */
export interface EngineLink {
  /** Resolves with the warm-up's samples; rejects when the engine is gone or not ready in time. */
  readonly ready: Promise<RunSample[]>;
  /** Of a process of this machine. */
  readonly pid: number | undefined;
  /** Address of an engine elsewhere. */
  readonly server: string | undefined;
  /** Of a process whose runs are computed by itself, where that can be seen. */
  activity(): Activity | undefined;
  /** Resident memory on this machine, as last reported. */
  readonly rssBytes: number;
  /** @param trace of the batch, for who traces elsewhere what it does for us */
  run(command: Omit<Extract<HostCommand, { type: 'run' }>, 'type'>, trace?: SpanReference): void;
  cancel(ids: number[]): void;
  /** Asks the engine to end, and ends it at the deadline. */
  stop(timeoutMs: number): Promise<void>;
  /** @param reason for the log; `onExit` follows. */
  kill(reason: string): void;
}

/** Opens an engine that holds the models. */
export type OpenEngine = (models: readonly LoadedModel[], listener: EngineListener) => EngineLink;
