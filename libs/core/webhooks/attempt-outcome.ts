import type { WebhookReply } from '../ports/webhook-sender.js';
import type { AttemptOutcome } from '../ports/webhook-store.js';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** From one attempt to the next: eleven attempts in about 24 hours, close together while a hiccup may pass. */
const pausesMs = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  1 * hour,
  2 * hour,
  4 * hour,
  8 * hour,
  8 * hour,
];

/** A receiver that answers so does not want this message any more. */
const gone = 410;

/**
 * What a delivery becomes by one attempt. Only a status of 2xx is success: a redirect is not followed. The pause before
 * the next attempt is up to a tenth more or less by chance, so that a receiver that comes back is not met by
 * everything at once.
 * @param attempts made so far, this one included
 * @param random in [0, 1)
 */
export function attemptOutcome(reply: WebhookReply, attempts: number, random: number): AttemptOutcome {
  const status = 'status' in reply ? reply.status : null;
  if (status !== null && status >= 200 && status < 300) return { state: 'delivered', status };
  const error = 'error' in reply ? reply.error : `The receiver answered ${reply.status}`;
  const pauseMs = status === gone ? undefined : pausesMs[attempts - 1];
  if (pauseMs === undefined) return { state: 'dead', status, error };
  return { state: 'pending', status, error, retryInMs: pauseMs * (0.9 + random / 5) };
}
