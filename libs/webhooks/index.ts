/**
 * webhooks: the way out to receivers, behind core's `WebhookSender` port.
 *
 * Owns: which addresses may be reached, one resolution of a name per attempt, the bounds of a reply.
 * Refuses: what is sent, when it is tried again and how it is signed (core), who is told of what (persistence stores
 * it with the change).
 */
export { HttpWebhookSender, type HttpWebhookSenderOptions } from './http-webhook-sender.js';
