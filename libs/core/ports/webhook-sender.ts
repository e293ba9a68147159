export interface WebhookRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** An HTTP status, whatever it is, or why there was none, in words for the tenant. */
export type WebhookReply = { status: number } | { error: string };

/** Reaches receivers, and nothing inside the installation's own network. */
export abstract class WebhookSender {
  /** Why this cannot be the URL of a receiver, in words; undefined when it can, as far as the URL itself tells. */
  abstract refuse(url: string): string | undefined;
  /** Posts once, within a time of its own. Never rejects for what a receiver or the network does. */
  abstract send(request: WebhookRequest): Promise<WebhookReply>;
}
