import { lookup, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { WebhookSender, type WebhookReply, type WebhookRequest } from '#core';
import { isPublicAddress } from './public-address.js';

export interface HttpWebhookSenderOptions {
  /** Hosts that may be called over plain http and at addresses that are not public: the operator vouches for them. */
  trustedHosts: readonly string[];
  userAgent: string;
  /** One attempt: name, connection, TLS, request and reply. */
  timeoutMs?: number;
  resolve?: (host: string) => Promise<LookupAddress[]>;
}

const defaultTimeoutMs = 15_000;
/** For each address of a name but the last, of which each has one connection to try. */
const connectTimeoutMs = 1_000;
/** A name may have thousands of addresses, of strangers too: an attempt is no scan of them. */
const mostAddresses = 4;
/** Most of a reply's body that is read and thrown away; what follows is cut off. */
const maxReplyBytes = 64 * 1024;

/**
 * Of a name that is not known and of one that leads inside alike: told apart, a tenant could try out which names there are
 * in the operator's network.
 */
const noPublicAddress = 'The host has no public address';

const lookupAll = promisify(lookup);

/**
 * Posts to receivers. The name is resolved once and the connection made to one of those very addresses, the next where one
 * refuses or does not answer within a second: a name that answers differently the second time cannot lead inside. Redirects are not followed, no connection
 * is kept.
 */
export class HttpWebhookSender extends WebhookSender {
  private readonly resolve: (host: string) => Promise<LookupAddress[]>;
  private readonly timeoutMs: number;

  constructor(private readonly options: HttpWebhookSenderOptions) {
    super();
    this.resolve = options.resolve ?? ((host) => lookupAll(host, { all: true }));
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  }

  override refuse(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) return 'must be an absolute URL';
    const trusted = this.isTrusted(url);
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && trusted)) return 'must be an https URL';
    if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
    const host = hostOf(url);
    if (isIP(host) !== 0 && !trusted && !isPublicAddress(host))
      return 'must not point to an internal address';
    return undefined;
  }

  override async send(request: WebhookRequest): Promise<WebhookReply> {
    // Again at every attempt: what the operator trusts may have changed since the job was submitted.
    const refusal = this.refuse(request.url);
    if (refusal !== undefined) return { error: `The URL ${refusal}` };
    const url = new URL(request.url);
    const signal = AbortSignal.timeout(this.timeoutMs);
    const isTrusted = this.isTrusted(url);
    try {
      const addresses = await withSignal(this.addressesOf(url), signal);
      const refused = addresses.some(({ address }) => !isTrusted && !isPublicAddress(address));
      if (refused || addresses.length === 0) return { error: noPublicAddress };
      return {
        status: await post(
          url,
          addresses.slice(0, mostAddresses),
          this.headersOf(request),
          request.body,
          signal,
        ),
      };
    } catch (error) {
      if (codeOf(error) === 'ENOTFOUND' && !isTrusted) return { error: noPublicAddress };
      return { error: describe(error, signal, this.timeoutMs) };
    }
  }

  private addressesOf(url: URL): Promise<LookupAddress[]> {
    const host = hostOf(url);
    const family = isIP(host);
    return family === 0 ? this.resolve(host) : Promise.resolve([{ address: host, family }]);
  }

  private headersOf({ headers, body }: WebhookRequest): Record<string, string> {
    const length = String(Buffer.byteLength(body));
    return { ...headers, 'user-agent': this.options.userAgent, 'content-length': length };
  }

  private isTrusted(url: URL): boolean {
    return this.options.trustedHosts.includes(hostOf(url));
  }
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** The status of the reply, whose body is read to its end or its bound and dropped. */
function post(
  url: URL,
  addresses: LookupAddress[],
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const pinned: LookupFunction = (_host, _options, done) => done(null, addresses);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  // Node asks for all addresses, and goes on from one to the next, where it may select among families.
  const toOneOfThem = {
    lookup: pinned,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: connectTimeoutMs,
  };
  return new Promise((resolve, reject) => {
    const sent = send(url, { method: 'POST', headers, ...toOneOfThem, agent: false, signal }, (reply) => {
      discard(reply);
      reply.once('close', () => {
        if (signal.aborted) reject(new Error('The reply did not end in time'));
        else resolve(reply.statusCode ?? 0);
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function discard(reply: IncomingMessage): void {
  let bytes = 0;
  reply.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxReplyBytes) reply.destroy();
  });
  // A reply that breaks off still had a status.
  reply.on('error', () => undefined);
}

async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** In words for the tenant; addresses and other insides of the network stay out of it. */
function describe(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return `No reply within ${timeoutMs / 1_000} seconds`;
  const code = codeOf(error);
  const known: Record<string, string> = {
    ENOTFOUND: 'The host name is not known',
    EAI_AGAIN: 'The host name could not be resolved',
    ECONNREFUSED: 'The connection was refused',
    ECONNRESET: 'The connection broke off',
    EPIPE: 'The connection broke off',
    ETIMEDOUT: 'The host cannot be reached',
    EHOSTUNREACH: 'The host cannot be reached',
    ENETUNREACH: 'The host cannot be reached',
  };
  const tls = code.startsWith('ERR_TLS') || code.includes('CERT') || code.includes('SSL');
  return known[code] ?? (tls ? 'The TLS certificate or handshake failed' : 'The request failed');
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
