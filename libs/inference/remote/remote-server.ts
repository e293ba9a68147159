import type { OpenEngine } from '../dispatch/engine-link.js';
import { RemoteEngine } from './remote-engine.js';

/** A server of models, as all engines that reach it share it. */
export interface RemoteServer {
  /** Its address without `/v2`. */
  readonly url: string;
  /** How long it may take to be ready, at the start and whenever it was away. */
  readonly startTimeoutMs: number;
  /** Sent with every request, such as credentials; by name, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Its models have been timed, and a full batch of each run. */
  measured: boolean;
  /** It asked to be left alone until then, by `performance.now()`. */
  restsUntil: number;
  /** @param name of a model here. @returns its path there, `/v2/models/NAME` and perhaps `/versions/V` */
  pathOf(name: string): string;
}

/** Engines on a server that speaks the Open Inference Protocol. */
export function remoteEngines(server: Omit<RemoteServer, 'measured' | 'restsUntil'>): OpenEngine {
  const shared: RemoteServer = { ...server, measured: false, restsUntil: 0 };
  return (models, listener) => new RemoteEngine(shared, models, listener);
}
