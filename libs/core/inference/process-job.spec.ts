import { describe, expect, it } from '@jest/globals';
import type { JobEnvelope } from '#contracts';
import { AppError, systemClock } from '#kernel';
import { TaskRunner, type WorkContext } from '../ports/task-runner.js';
import { UsageLog, type UsageRow } from '../ports/usage-log.js';
import { ProcessJob } from './process-job.js';

/**
 * Answers 'ok', refuses 'bad' after some engine time, breaks on 'bug', its model on 'poison'; was told to stop 'late'; an
 * answer is five units.
 */
class ScriptedRunner extends TaskRunner {
  override run(_task: string, item: unknown, { timings, model = 'm@1' }: WorkContext) {
    if (item === 'early') return Promise.reject(new AppError('text.too_long'));
    timings.rowSent();
    timings.rowDone({ waitMs: 1, inferenceMs: 2, computeMs: 3, paddingMs: 1 });
    if (item === 'bad') return Promise.reject(new AppError('image.unreadable', { detail: 'no' }));
    if (item === 'bug') return Promise.reject(new TypeError('undefined is not a function'));
    if (item === 'poison')
      return Promise.reject(new AppError('engine.failed', {}, { internal: { reason: 'x' } }));
    if (item === 'late') return Promise.reject(new AppError('request.cancelled'));
    return Promise.resolve({ output: item, model, units: 5 });
  }
}

class MemoryUsageLog extends UsageLog {
  rows: UsageRow[] = [];
  failure: AppError | undefined;
  onRecorded = (): void => undefined;
  override record(rows: readonly UsageRow[]) {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.rows.push(...rows);
    this.onRecorded();
    return Promise.resolve();
  }
  override report() {
    return Promise.resolve([]);
  }
}

function envelope(items: unknown[]): JobEnvelope {
  const now = systemClock.now();
  return {
    version: 1,
    requestId: 'req_1',
    tenantId: 'ten_1',
    keyId: 'key_1',
    task: 'translate',
    items,
    units: 5 * items.length,
    lane: 'interactive',
    weight: 1,
    submittedAt: now,
    deadlineAt: now + 1_000,
  };
}

describe('ProcessJob', () => {
  const live = new AbortController().signal;
  const make = () => {
    const usage = new MemoryUsageLog();
    const faults: unknown[] = [];
    const job = new ProcessJob(
      new ScriptedRunner(),
      usage,
      systemClock,
      () => 'characters',
      (...told) => void faults.push(told),
    );
    return { usage, job, faults };
  };

  it('dates rows by the calendar, however long the clock that measures stood still while the machine slept', async () => {
    const usage = new MemoryUsageLog();
    const calendar = { now: () => Date.parse('2027-02-01T00:00:00Z') };
    const parts = [systemClock, () => 'characters' as const, () => undefined, calendar] as const;
    await new ProcessJob(new ScriptedRunner(), usage, ...parts).execute(envelope(['a']), live);
    expect(usage.rows.map(({ at }) => at.toISOString())).toEqual(['2027-02-01T00:00:00.000Z']);
  });

  it('has each item answered by the model that its caller chose, and by any where none was', async () => {
    const { job, usage } = make();
    const chosen = { ...envelope(['a', 'b']), models: ['other@2', null] };
    const { outcomes } = await job.execute(chosen, live);
    expect(outcomes).toMatchObject([{ model: 'other@2' }, { model: 'm@1' }]);
    expect(usage.rows.map(({ model }) => model)).toEqual(['other@2', 'm@1']);
  });

  it('meters nothing of a job that is handed back: the row of the worker that answers it must be the one that counts', async () => {
    const { job, usage } = make();
    const draining = AbortSignal.abort(new AppError('service.draining'));
    await expect(job.execute(envelope(['a', 'b']), draining)).rejects.toMatchObject({
      code: 'service.draining',
    });
    expect(usage.rows).toEqual([]);
  });

  it('answers good items beside bad ones, each in its place', async () => {
    const { job } = make();
    const { outcomes } = await job.execute(envelope(['a', 'bad', 'b']), live);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.output : outcome.error.code))).toEqual([
      'a',
      'image.unreadable',
      'b',
    ]);
  });

  it('bills what was answered, shows what failed at no charge, and leaves out what used no engine', async () => {
    const { job, usage } = make();
    await job.execute(envelope(['a', 'bad', 'early']), live);
    expect(
      usage.rows.map(({ item, amount, status, computeMs }) => ({ item, amount, status, computeMs })),
    ).toEqual([
      { item: 0, amount: 5, status: 'ok', computeMs: 3 },
      { item: 1, amount: 0, status: 'image.unreadable', computeMs: 3 },
    ]);
  });

  it('does not bill a caller who had gone', async () => {
    const { job, usage } = make();
    await job.execute(envelope(['a']), AbortSignal.abort());
    expect(usage.rows).toMatchObject([{ amount: 0, status: 'request.cancelled' }]);
  });

  it('bills a caller who goes while the answer is on its way: what was recorded stays, and nothing beside it', async () => {
    const { job, usage } = make();
    const caller = new AbortController();
    usage.onRecorded = () => caller.abort();
    const { outcomes } = await job.execute(envelope(['a']), caller.signal);
    expect(caller.signal.aborted).toBe(true);
    expect(outcomes).toMatchObject([{ ok: true, output: 'a' }]);
    expect(usage.rows).toMatchObject([{ item: 0, amount: 5, status: 'ok' }]);
  });

  it('says that the deadline passed, not that the caller went, of work that the queue stopped at its deadline', async () => {
    const { job, usage } = make();
    const late = AbortSignal.abort(new AppError('deadline.exceeded'));
    const { outcomes } = await job.execute(envelope(['a', 'late']), late);
    expect(outcomes).toMatchObject([{ ok: true }, { error: { code: 'deadline.exceeded' } }]);
    expect(usage.rows).toMatchObject([
      { amount: 0, status: 'deadline.exceeded' },
      { amount: 0, status: 'deadline.exceeded' },
    ]);
  });

  it('does not reply when the meter cannot write', async () => {
    const { job, usage } = make();
    usage.failure = new AppError('overloaded');
    await expect(job.execute(envelope(['a']), live)).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('answers good items beside one that meets a bug, which is called one and told once, at no charge', async () => {
    const { job, usage, faults } = make();
    const { outcomes } = await job.execute(envelope(['a', 'bug', 'b']), live);
    expect(outcomes.map((outcome) => (outcome.ok ? outcome.output : outcome.error))).toEqual([
      'a',
      { code: 'internal', facts: {} },
      'b',
    ]);
    expect(faults).toEqual([[expect.objectContaining({ cause: expect.any(TypeError) }), 'req_1']]);
    expect(usage.rows.map(({ status, amount }) => [status, amount])).toEqual([
      ['ok', 5],
      ['internal', 0],
      ['ok', 5],
    ]);
  });

  it('fails as a whole, with the cause, where every item meets a bug', async () => {
    const { job, usage, faults } = make();
    const failed = job.execute(envelope(['bug', 'bug']), live);
    await expect(failed).rejects.toMatchObject({ code: 'internal', cause: expect.any(TypeError) });
    expect([usage.rows, faults]).toEqual([[], []]);
  });

  it('tells why a model failed on an item once, also when there is no other item', async () => {
    const { job, faults } = make();
    const { outcomes } = await job.execute(envelope(['poison']), live);
    expect(outcomes).toMatchObject([{ ok: false, error: { code: 'engine.failed', facts: {} } }]);
    expect(faults).toEqual([[expect.objectContaining({ internal: { reason: 'x' } }), 'req_1']]);
  });
});
