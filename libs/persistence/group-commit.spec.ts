import { describe, expect, it, jest } from '@jest/globals';
import { GroupCommit, type GroupCommitOptions } from './group-commit.js';

const roomy: GroupCommitOptions = {
  maxPendingRows: 100,
  maxCommitRows: 50,
  gatherMsPerCall: 0,
  maxGatherMs: 0,
  retryForMs: 60_000,
};
const outage = new Error('connection terminated');
const refused = new Error('a bad row');

/** A database that is answered by hand: each commit waits until the test settles it. */
function manualDatabase(options: Partial<GroupCommitOptions> = {}) {
  const commits: { rows: readonly string[]; succeed: () => void; fail: (error: Error) => void }[] = [];
  let arrived = Promise.withResolvers<undefined>();
  const commit = (rows: readonly string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    commits.push({ rows, succeed: () => resolve(undefined), fail: reject });
    arrived.resolve(undefined);
    return promise.then(() => undefined);
  };
  const log = new GroupCommit(commit, (error) => error === outage, { ...roomy, ...options });
  const next = async () => {
    if (commits.length === 0) await arrived.promise;
    arrived = Promise.withResolvers();
    const first = commits.shift();
    if (first === undefined) throw new Error('no commit came');
    return first;
  };
  return { log, next, waiting: commits };
}

describe('GroupCommit', () => {
  it('commits calls of one turn together, and all that gathered behind a commit in the next', async () => {
    const { log, next, waiting } = manualDatabase();
    const calls = [log.add(['a', 'b']), log.add(['c'])];
    const first = await next();
    expect(first.rows).toEqual(['a', 'b', 'c']);
    calls.push(log.add(['d']), log.add(['e']));
    expect(waiting).toEqual([]);
    first.succeed();
    await Promise.all(calls.slice(0, 2));
    const second = await next();
    expect(second.rows).toEqual(['d', 'e']);
    second.succeed();
    await Promise.all(calls);
  });

  it('resolves a call only after the commit of its rows', async () => {
    const { log, next } = manualDatabase();
    let durable = false;
    const call = log.add(['a']).then(() => (durable = true));
    const commit = await next();
    expect(durable).toBe(false);
    commit.succeed();
    await call;
    expect(durable).toBe(true);
  });

  it('splits what is more than one commit may hold, never inside a call', async () => {
    const { log, next } = manualDatabase({ maxCommitRows: 3 });
    const calls = [log.add(['a', 'b']), log.add(['c', 'd']), log.add(['e']), log.add(['f', 'g', 'h', 'i'])];
    for (const rows of [
      ['a', 'b'],
      ['c', 'd', 'e'],
      ['f', 'g', 'h', 'i'],
    ]) {
      const commit = await next();
      expect(commit.rows).toEqual(rows);
      commit.succeed();
    }
    await Promise.all(calls);
  });

  it('refuses rows beyond its bound as overloaded, keeps those it took, and takes more when they are written', async () => {
    const { log, next } = manualDatabase({ maxPendingRows: 3 });
    const taken = [log.add(['a', 'b']), log.add(['c'])];
    await expect(log.add(['d'])).rejects.toMatchObject({
      code: 'overloaded',
      facts: { limit: { value: 3 } },
    });
    const commit = await next();
    await expect(log.add(['e'])).rejects.toMatchObject({ code: 'overloaded' });
    commit.succeed();
    await Promise.all(taken);
    const later = log.add(['f', 'g', 'h']);
    (await next()).succeed();
    await later;
  });

  it('tries again through an outage, together with the rows that came meanwhile', async () => {
    const { log, next } = manualDatabase();
    const first = log.add(['a']);
    const commit = await next();
    const second = log.add(['b']);
    commit.fail(outage);
    const retried = await next();
    expect(retried.rows).toEqual(['a', 'b']);
    retried.succeed();
    await Promise.all([first, second]);
  });

  it('rejects a call whose outage outlasts its deadline, as overloaded and with the cause', async () => {
    const { log, next } = manualDatabase({ retryForMs: 0 });
    const call = expect(log.add(['a'])).rejects.toMatchObject({ code: 'overloaded', cause: outage });
    (await next()).fail(outage);
    await call;
    const later = log.add(['b']);
    const commit = await next();
    expect(commit.rows).toEqual(['b']);
    commit.succeed();
    await later;
  });

  it('lets a call with refused rows fail alone', async () => {
    const { log, next } = manualDatabase();
    const calls = [log.add(['a']), log.add(['bad']), log.add(['c'])];
    const settled = Promise.allSettled(calls);
    (await next()).fail(refused);
    for (const row of ['a', 'bad', 'c']) {
      const commit = await next();
      expect(commit.rows).toEqual([row]);
      if (row === 'bad') commit.fail(refused);
      else commit.succeed();
    }
    const [a, bad, c] = await settled;
    expect([a?.status, c?.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'internal', cause: refused } });
  });

  describe('while calls are still to come', () => {
    const gathering = { gatherMsPerCall: 60_000, maxGatherMs: 60_000 };

    it('gathers until no more are', async () => {
      const { log, next } = manualDatabase(gathering);
      const calls = [log.add(['a'], 3)];
      (await next()).succeed();
      calls.push(log.add(['b'], 2), log.add(['c'], 1), log.add(['d'], 0));
      const commit = await next();
      expect(commit.rows).toEqual(['b', 'c', 'd']);
      commit.succeed();
      await Promise.all(calls);
    });

    it('ends the wait when the last of them has nothing to write', async () => {
      const { log, next } = manualDatabase(gathering);
      const calls = [log.add(['a'], 2)];
      (await next()).succeed();
      calls.push(log.add(['b'], 1));
      await new Promise((resolve) => setImmediate(resolve));
      calls.push(log.add([], 0));
      (await next()).succeed();
      await Promise.all(calls);
    });

    it('waits for each of them so long, and no longer than its bound', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
      try {
        const starts: number[] = [];
        const commit = () => {
          starts.push(performance.now());
          return Promise.resolve();
        };
        const times = { gatherMsPerCall: 20, maxGatherMs: 50 };
        const log = new GroupCommit<string>(commit, () => false, { ...roomy, ...times });
        const added = (async () => {
          for (const callsToCome of [9, 0, 2, 9]) await log.add(['row'], callsToCome);
        })();
        await jest.advanceTimersByTimeAsync(200);
        await added;
        const [first = 0, second = 0, third = 0, fourth = 0] = starts;
        expect(second - first).toBeLessThan(20);
        expect([third - second, fourth - third]).toEqual([40, 50]);
      } finally {
        jest.useRealTimers();
      }
    });
  });
});
