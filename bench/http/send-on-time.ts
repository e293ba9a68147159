import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ask, keepAlive, NoAnswer, type Caller } from './post.js';

export interface Sending {
  /** Since the start. */
  dueMs: number;
  caller: Caller;
  path: string;
  body: Buffer;
}

export interface Outcome<S extends Sending> {
  sending: S;
  /** From the moment the request was due, so that a client that falls behind hides nothing. */
  latencyMs: number;
  /** How far behind the client itself was. */
  lateMs: number;
  /** By `performance.now()`. */
  answeredAt: number;
  /** `ok`, the code of the refusal, or what went wrong before there was an answer: `client.*`. */
  code: string;
}

const problem = z.object({ code: z.string() });
/** A timer comes up to a millisecond late; less than that is not worth one. */
const timerMs = 1;

/**
 * Sends each request when it is due, whether or not earlier ones are answered, as users come. One that finds
 * `maxUnanswered` others is not sent: it counts as `client.unsent`, and memory stays bounded beside a server that
 * answers nothing.
 *
 * @param sendings in the order in which they are due
 */
export async function sendOnTime<S extends Sending>(
  sendings: readonly S[],
  maxUnanswered: number,
): Promise<Outcome<S>[]> {
  const agent = keepAlive(maxUnanswered, sendings[0]?.caller.url);
  const calls: Promise<Outcome<S>>[] = [];
  const startedAt = performance.now();
  let unanswered = 0;
  for (const sending of sendings) {
    const aheadMs = startedAt + sending.dueMs - performance.now();
    if (aheadMs > timerMs) await sleep(aheadMs);
    const lateMs = Math.max(0, performance.now() - startedAt - sending.dueMs);
    const isSent = unanswered < maxUnanswered;
    if (isSent) unanswered++;
    const answer = isSent
      ? send(agent, sending).finally(() => unanswered--)
      : Promise.resolve('client.unsent');
    calls.push(
      answer.then((code) => {
        const answeredAt = performance.now();
        return { sending, latencyMs: answeredAt - startedAt - sending.dueMs, lateMs, answeredAt, code };
      }),
    );
  }
  const outcomes = await Promise.all(calls);
  agent.destroy();
  return outcomes;
}

async function send(agent: Agent, { caller, path, body }: Sending): Promise<string> {
  try {
    const { status, text } = await ask(agent, caller, path, body);
    return status === 200 ? 'ok' : codeOf(status, text);
  } catch (error) {
    if (error instanceof NoAnswer) return error.code;
    throw error;
  }
}

/** Something between us and the server may answer in its own words. */
function codeOf(status: number, text: string): string {
  try {
    return problem.parse(JSON.parse(text)).code;
  } catch {
    return `http.${status}`;
  }
}
