import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { brittleModels, brittleTexts, modelsDirectory } from '#testing';
import type { RunReport } from '../engine/engine.messages.js';
import { InferenceHarness, outcomeOf } from '../testing/inference.harness.js';
import { loadEncoderTokenizer } from '../tokenizers/load-tokenizer.js';
import type { OpenEngine } from './engine-link.js';
import { engineHosts } from './engine-process.js';
import type { InferenceOptions } from './inference.options.js';

const testTimeoutMs = 60_000;
const reader = 'qa-reader';
const translator = 'translate-en-pt';

describe('Engine hosts that fail', () => {
  let harness: InferenceHarness;
  let lost: string[];
  let kinds: string[];
  let ready: (() => void) | undefined;
  let brittle: Awaited<ReturnType<typeof brittleModels>>;
  beforeAll(async () => {
    brittle = await brittleModels();
  }, testTimeoutMs);
  afterAll(async () => {
    await brittle[Symbol.asyncDispose]();
  });

  /** With those models that the test asks: to load one takes longer than most of what is tested. */
  const start = async (names: readonly string[], options: Partial<InferenceOptions> = {}) => {
    lost = [];
    kinds = [];
    ready = undefined;
    harness = await InferenceHarness.start(modelsDirectory(...names), names, options, {
      onHostLost({ kind, reason }) {
        lost.push(reason);
        kinds.push(kind);
      },
      onHostReady: () => ready?.(),
    });
  };
  const read = (seed: number, length = 200) =>
    outcomeOf(
      harness.ask(reader, {
        input_ids: InferenceHarness.ids(seed, length, 102),
        token_type_ids: new Int32Array(length),
      }),
    );
  const translate = (seed: number) =>
    outcomeOf(harness.ask(translator, { input_ids: InferenceHarness.ids(seed, 20, 0) }));
  /** Asks for the embedding of a text that may be one of `brittleTexts`. */
  const startBrittle = async (options: Partial<InferenceOptions>) => {
    const byRun: boolean[] = [];
    const observer = { onHostLost: (loss: { byRun: boolean }) => void byRun.push(loss.byRun) };
    harness = await InferenceHarness.start(brittle.directory, ['brittle-l6'], options, observer);
    const { tokenizer } = await loadEncoderTokenizer(harness.model('brittle-l6'));
    const embed = (text: string, signal?: AbortSignal) => {
      const input_ids = Int32Array.of(101, ...tokenizer.encode(text), 102);
      return outcomeOf(harness.ask('brittle-l6', { input_ids }, { ...(signal && { signal }) }));
    };
    return { embed, byRun };
  };
  const killHosts = () => {
    for (const pid of harness.pids) process.kill(pid, 'SIGKILL');
  };
  afterEach(() => harness.close(0));

  it(
    'kill -9 in the middle of batches fails no row',
    async () => {
      await start([reader, translator], { hosts: 2 });
      const rows = Array.from({ length: 24 }, (_, seed) => [read(seed, 40), translate(seed)]).flat();
      await harness.until('rows are in flight', () => harness.inFlight > 20);
      killHosts();
      expect(new Set(await Promise.all(rows))).toEqual(new Set(['answered']));
      expect(lost).toHaveLength(2);
      expect(kinds).toEqual(['crash', 'crash']);
    },
    testTimeoutMs,
  );

  it(
    'a row that kills its host again and again is refused, and takes no other row along',
    async () => {
      await start([reader, translator]);
      // "Kills": whenever the poison, the only row of its model, is in flight, its host dies.
      const poisonInFlight = () => harness.inFlightOf(reader) === 1;
      ready = () => void harness.until('the poison is retried', poisonInFlight).then(killHosts);
      const poison = read(1, 512);
      const good = Array.from({ length: 10 }, (_, seed) => translate(seed));
      await harness.until('all are in flight', () => poisonInFlight() && harness.inFlight === 11);
      killHosts();
      expect(await poison).toBe('engine.unavailable');
      ready = undefined;
      expect(new Set(await Promise.all(good))).toEqual(new Set(['answered']));
      expect(lost).toHaveLength(3);
    },
    testTimeoutMs,
  );

  it(
    'a host that hangs is killed and its rows are answered by the next one',
    async () => {
      await start([translator]);
      const [pid = 0] = harness.pids;
      process.kill(pid, 'SIGSTOP');
      expect(await translate(1)).toBe('answered');
      expect(lost).toEqual([expect.stringContaining('longer than predicted')]);
      expect(kinds).toEqual(['hung']);
    },
    testTimeoutMs,
  );

  it(
    'a host that has grown too large ends once another has taken its place, and fails no row',
    async () => {
      const clock = { aheadMs: 0, now: () => systemClock.now() + clock.aheadMs };
      const openHost = engineHosts({ variant: 'cpu', startTimeoutMs: testTimeoutMs });
      let grownBytes = 0;
      let replaced = 0;
      // The reading is made up, as onnxruntime grows when it pleases; the hosts are real.
      const openEngine: OpenEngine = (models, listener) => {
        const own = grownBytes;
        const onReport = (report: RunReport) => {
          listener.onReport({ ...report, rssBytes: own === 0 ? grownBytes : report.rssBytes });
        };
        return openHost(models, { ...listener, onReport });
      };
      const observer = { onHostLost: () => void lost.push('lost'), onHostReplaced: () => replaced++ };
      lost = [];
      harness = await InferenceHarness.start(modelsDirectory(translator), [translator], {}, observer, {
        clock,
        openEngine,
      });
      const [before] = harness.pids;
      clock.aheadMs = 31_000;
      grownBytes = 5e9;
      const rows = Array.from({ length: 40 }, (_, seed) => translate(seed));
      await harness.until('its place is taken', () => replaced === 1);
      rows.push(...Array.from({ length: 10 }, (_, seed) => translate(40 + seed)));
      expect(new Set(await Promise.all(rows))).toEqual(new Set(['answered']));
      await harness.until('it has ended', () => harness.pids.length === 1);
      expect(harness.pids).not.toContain(before);
      expect([replaced, lost]).toEqual([1, []]);
    },
    testTimeoutMs,
  );

  it(
    'a row that its host never comes back from is refused by name the second time, those beside it are answered',
    async () => {
      const { embed, byRun } = await startBrittle({});
      const good = Array.from({ length: 31 }, (_, i) => embed(`Train ${i}.`));
      expect(await embed(brittleTexts.hangs)).toBe('engine.failed');
      expect(new Set(await Promise.all(good))).toEqual(new Set(['answered']));
      expect(byRun).toEqual([true, true]);
    },
    2 * testTimeoutMs,
  );

  it(
    'hosts that hang on what its callers gave up are replaced, and nobody else is blamed for it',
    async () => {
      const { embed, byRun } = await startBrittle({ hosts: 2 });
      const caller = new AbortController();
      const poison: Promise<string>[] = [];
      for (const hung of [1, 2]) {
        poison.push(embed(brittleTexts.hangs, caller.signal));
        await harness.until('it is in flight', () => harness.inFlight === hung);
      }
      caller.abort();
      expect(await Promise.all(poison)).toEqual(['request.cancelled', 'request.cancelled']);
      expect(await embed('A train.')).toBe('answered');
      await harness.until('both are known to be lost', () => byRun.length === 2);
      expect(byRun).toEqual([false, false]);
    },
    2 * testTimeoutMs,
  );

  it(
    'close lets rows in flight and waiting finish, and refuses new ones',
    async () => {
      await start([translator]);
      const rows = Array.from({ length: 60 }, (_, seed) => translate(seed));
      await harness.until('rows are in flight', () => harness.inFlight > 0);
      const closed = harness.close();
      expect(await translate(99)).toBe('service.draining');
      expect(new Set(await Promise.all(rows))).toEqual(new Set(['answered']));
      await closed;
      expect(harness.service.ready()).toBe(false);
    },
    testTimeoutMs,
  );

  it(
    'close at its deadline rejects what is left and ends the hosts',
    async () => {
      await start([reader]);
      const rows = Array.from({ length: 400 }, (_, seed) => read(seed));
      await harness.until('rows are in flight', () => harness.inFlight > 0);
      const pids = harness.pids;
      await harness.close(50);
      expect(await Promise.all(rows)).toContain('service.draining');
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    testTimeoutMs,
  );

  it('a host that cannot load its models fails the start with the reason', async () => {
    await expect(start([reader], { variant: 'cuda' })).rejects.toThrow('has no main graph for cuda');
    await start([reader]);
  });

  it(
    'a full waiting list refuses with overloaded, and says when to come back',
    async () => {
      await start([reader], { maxBacklogMs: 200 });
      const outcomes = await Promise.all(Array.from({ length: 200 }, (_, seed) => read(seed)));
      expect(outcomes).toContain('overloaded');
      expect(outcomes).toContain('answered');
    },
    testTimeoutMs,
  );
});
