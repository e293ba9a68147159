import { z } from 'zod';
import { openHostPipe } from '../channel/message-pipe.js';
import { EngineHost } from './engine-host.js';
import {
  hostCommand,
  type HostCommand,
  type HostEvent,
  type LoadedModel,
  type RefusedCopy,
} from './engine.messages.js';
import { loadRunner } from './load-runner.js';
import { ResidentMemory } from './resident-memory.js';
import { reasonOf } from './runner.js';
import { CopyRefusedError } from './session.js';

/**
 * Entry of the child process. It lives as long as its pipe: when the dispatcher dies, whatever the reason, the pipe
 * ends and the host goes too.
 */
const exitConfused = 70;
/** By `performance.now()`. Whoever spawned it waits since then. */
const processStart = 0;

const memory = new ResidentMemory();
const host = new EngineHost({
  onReport: (report) => send({ type: 'report', ...report, rssBytes: memory.rssBytes(performance.now()) }),
  onDropped: (ids) => send({ type: 'dropped', ids }),
});

const pipe = openHostPipe(
  (message) => {
    const parsed = hostCommand.safeParse(message);
    if (!parsed.success) giveUp(`a message does not fit its schema: ${z.prettifyError(parsed.error)}`);
    else obey(parsed.data);
  },
  () => process.exit(0),
);
// A terminal's Ctrl-C reaches the whole group; the dispatcher decides when hosts end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('uncaughtException', (error) => giveUp(error.stack ?? error.message));

function obey(command: HostCommand): void {
  switch (command.type) {
    case 'start':
      start(command).catch((error: unknown) => giveUp(reasonOf(error)));
      return;
    case 'run':
      host.run(command);
      return;
    case 'cancel':
      host.cancel(command.ids);
      return;
    case 'stop':
      process.exit(0);
  }
}

async function start(command: Extract<HostCommand, { type: 'start' }>): Promise<void> {
  const { models, variant, warmUp, startTimeoutMs } = command;
  const refusedCopies: RefusedCopy[] = [];
  const load = (model: LoadedModel) =>
    loadRunner(model, variant).catch((error: unknown) => {
      if (!(error instanceof CopyRefusedError)) throw error;
      refusedCopies.push(error.copy);
      return loadRunner({ ...model, prepacked: {} }, variant);
    });
  const samples = await host.start(models, load, {
    warmUp,
    startedAt: processStart,
    timeoutMs: startTimeoutMs,
  });
  send({ type: 'ready', samples, refusedCopies, rssBytes: process.memoryUsage.rss() });
}

function send(event: HostEvent): void {
  pipe.send(event);
}

function giveUp(reason: string): void {
  pipe.send({ type: 'fatal', reason } satisfies HostEvent, () => process.exit(exitConfused));
}
