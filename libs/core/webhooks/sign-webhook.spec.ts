import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { newWebhookSecret, signWebhook } from './sign-webhook.js';

const body = '{"type":"job.succeeded","data":{"name":"Ünïcode"}}';
const message = { id: 'msg_1', body };

describe('signWebhook', () => {
  it('signs so that the reference library of Standard Webhooks verifies it', () => {
    const secret = newWebhookSecret();
    const headers = signWebhook(message, [secret], Date.now());
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow();
    expect(() => new Webhook(secret).verify(body.replace('Ü', 'U'), headers)).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
  });

  it('carries a signature of each secret, so that a receiver may still have the old one', () => {
    const [old, fresh] = [newWebhookSecret(), newWebhookSecret()];
    const headers = signWebhook(message, [fresh, old], Date.now());
    for (const secret of [old, fresh]) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
  });

  it('is of its time: an old message is refused', () => {
    const secret = newWebhookSecret();
    const headers = signWebhook(message, [secret], Date.now() - 3_600_000);
    expect(() => new Webhook(secret).verify(body, headers)).toThrow();
  });
});
