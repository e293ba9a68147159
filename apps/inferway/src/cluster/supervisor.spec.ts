import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { untilEnded } from '#local-servers';
import { createLogger } from '#telemetry';
import { Supervisor, type Supervised } from './supervisor.js';

describe('Supervisor', () => {
  let child: ChildProcess;
  let starts: number;
  let failures: number;
  let supervisor: Supervisor;
  let replaced: Promise<void>;
  const log = new PassThrough({ encoding: 'utf8' });

  const start = async () => {
    starts++;
    if (failures-- > 0) throw new Error('the disk is full');
    child = spawn('sleep', ['600']);
    await once(child, 'spawn');
  };
  const sleeper: Supervised = {
    role: 'sleeper',
    lastWords: 'out of wool',
    get pid() {
      return child.pid ?? -1;
    },
    ended: () => untilEnded(child),
    start,
  };

  beforeEach(async () => {
    [starts, failures] = [0, 0];
    log.read();
    await start();
    supervisor = new Supervisor(createLogger({ level: 'info', name: 'cluster' }, log));
    replaced = new Promise((resolve) => {
      supervisor.onChange = resolve;
    });
    supervisor.keepAlive(sleeper);
  });
  afterEach(async () => {
    supervisor.stop();
    await supervisor.settled();
    child.kill('SIGKILL');
  });

  it('starts again what ended, and says how it ended and that it runs', async () => {
    const { pid } = child;
    child.kill('SIGKILL');
    await replaced;
    expect(child.pid).not.toBe(pid);
    const [ended, runs] = String(log.read()).split('\n');
    expect(JSON.parse(ended ?? '')).toMatchObject({
      lastWords: 'out of wool',
      level: 'warn',
      role: 'sleeper',
      pid,
      how: 'SIGKILL',
      msg: 'a process ended: it is started again',
    });
    expect(JSON.parse(runs ?? '')).toMatchObject({ role: 'sleeper', pid: child.pid, msg: 'it runs again' });
  });

  it('tries again what cannot be started, and says why it cannot', async () => {
    failures = 1;
    child.kill('SIGKILL');
    await replaced;
    expect(starts).toBe(3);
    expect(String(log.read())).toContain('the disk is full');
  });

  it('starts what ends soon further and further apart, up to a bound, and at once again what was well for a while', async () => {
    supervisor.stop();
    child.kill('SIGKILL');
    const pauses = { firstMs: 20, longestMs: 80, wellAfterMs: 1_000 };
    const patient = new Supervisor(createLogger({ level: 'info', name: 'cluster' }, log), pauses);
    const lives = [0, 0, 0, 0, 1.2, 600];
    const next = async () => {
      child = spawn('sleep', [String(lives.shift() ?? 600)]);
      await once(child, 'spawn');
    };
    await next();
    const wellAgain = new Promise<void>((resolve) => {
      patient.onChange = () => {
        if (lives.length === 0) resolve();
      };
    });
    patient.keepAlive({ ...sleeper, role: 'looper', ended: () => untilEnded(child), start: next });
    await wellAgain;
    patient.stop();
    const lines = String(log.read())
      .trim()
      .split('\n')
      .map((line) =>
        z.object({ role: z.string(), againInMs: z.number().optional() }).parse(JSON.parse(line)),
      );
    const waited = lines.filter(({ role }) => role === 'looper').flatMap(({ againInMs }) => againInMs ?? []);
    expect(waited).toEqual([20, 40, 80, 80, 20]);
    await patient.settled();
  }, 30_000);

  it('does not wait for what is still starting, and tells it that it is not wanted', async () => {
    supervisor.stop();
    const starting = Promise.withResolvers<AbortSignal>();
    const recovering = async (stopped: AbortSignal) => {
      starting.resolve(stopped);
      await once(stopped, 'abort');
      throw new Error('it was called off');
    };
    const pauses = { firstMs: 1, longestMs: 1, wellAfterMs: 60_000 };
    const other = new Supervisor(createLogger({ level: 'info', name: 'cluster' }, log), pauses);
    other.keepAlive({ ...sleeper, start: recovering });
    child.kill('SIGKILL');
    const stopped = await starting.promise;
    other.stop();
    await other.settled();
    expect(stopped.aborted).toBe(true);
    expect(String(log.read())).not.toContain('it cannot be started');
  });

  it('lets what it was told to stop end', async () => {
    supervisor.stop();
    child.kill('SIGKILL');
    await supervisor.settled();
    expect([starts, log.read()]).toEqual([1, null]);
  });
});
