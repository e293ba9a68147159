import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { HubConfig } from '#config';
import { StartupError } from '#process';
import { parseJson } from './parse-json.js';
import { BodyTooLongError, readText } from './read-body.js';
import { restMsOf } from './rest.js';

const sibling = z.object({
  rfilename: z.string(),
  size: z.int().nonnegative(),
  /** Git's id of the content; of the pointer for files in large file storage. */
  blobId: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});
const info = z.object({
  id: z.string(),
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  pipeline_tag: z.string().nullish(),
  tags: z.array(z.string()).default([]),
  siblings: z.array(sibling),
});
export type HubFile = z.infer<typeof sibling>;
export type HubRepository = z.infer<typeof info>;

/** Headers must come within this time; a body may then take as long as it flows. */
const headersTimeoutMs = 30_000;
const maxRedirects = 5;
const maxInfoBytes = 20_000_000;
/** The hub counts requests in windows of five minutes. What it asks for beyond this is left to who pulls. */
const maxRestMs = 15 * 60_000;
/** At once would be no rest, and one that asks for none for ever would never be given up. */
const minRestMs = 1_000;

/**
 * The two calls of the hub's API that a pull needs.
 *
 * Why not `@huggingface/hub` 2.17: it verifies no hash, and its downloads begin anew after a break (it writes
 * `.incomplete` files and never continues them). What is left of it for us are these two calls.
 */
export class HubClient {
  readonly #endpoint: URL;
  readonly #token: string | undefined;
  readonly #say: (line: string) => void;
  #restLeftMs = maxRestMs;

  /** @param say told why nothing comes for a while */
  constructor({ endpoint, token }: HubConfig, say: (line: string) => void) {
    this.#endpoint = new URL(endpoint);
    this.#token = token;
    this.#say = say;
  }

  /** A revision's commit and files. @throws StartupError in one line when there is none for us */
  async repository(name: string, revision: string): Promise<HubRepository> {
    const path = `/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`;
    const response = await this.#get(path, {}, `${name}@${revision}`);
    const text = await readText(response, maxInfoBytes).catch((error: unknown) => {
      throw error instanceof BodyTooLongError ? this.#notTheHub(error.message) : error;
    });
    const parsed = info.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw this.#notTheHub(z.prettifyError(parsed.error).split('\n')[0] ?? '');
  }

  /**
   * A file's bytes from `offset` on. The server may begin at 0 all the same: status 200 instead of 206.
   * @throws StartupError when it will not come; any other error may pass when tried again.
   */
  open(repository: string, commit: string, path: string, offset: number): Promise<Response> {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    // Ranges count bytes of the file itself, so it must not come compressed.
    headers['accept-encoding'] = 'identity';
    return this.#get(`/${repository}/resolve/${commit}/${encoded}`, headers, `${repository}: ${path}`);
  }

  async #get(path: string, headers: Record<string, string>, what: string): Promise<Response> {
    let url = new URL(this.#endpoint.href.replace(/\/$/, '') + path);
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const response = await this.#admitted(url, headers);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null)
        return this.#checked(response, what);
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new StartupError(`${what}: ${this.#endpoint.host} redirects in circles: try again later`, 69);
  }

  /** Asks again when the other side is ready for it, where it said when that is. */
  async #admitted(url: URL, headers: Record<string, string>): Promise<Response> {
    for (;;) {
      const response = await this.#request(url, headers);
      const restMs = restMsOf(response, Date.now());
      if (restMs === undefined) return response;
      await response.body?.cancel();
      await this.#rest(url.host, Math.max(minRestMs, restMs));
    }
  }

  /** @throws StartupError when this pull would wait too long */
  async #rest(host: string, ms: number): Promise<void> {
    const asks = `${host} answers no more requests for ${Math.ceil(ms / 1_000)} s`;
    this.#restLeftMs -= ms;
    if (this.#restLeftMs < 0)
      throw new StartupError(`${asks}: pull again then (with HF_TOKEN the hub answers more of them)`, 75);
    this.#say(`  ${asks}: waiting`);
    await sleep(ms);
  }

  /** The token goes to the hub and to nobody it points at: storage has addresses that are signed already. */
  #request(url: URL, headers: Record<string, string>): Promise<Response> {
    const token = url.origin === this.#endpoint.origin ? this.#token : undefined;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new Error('no answer in time')), headersTimeoutMs);
    return fetch(url, {
      headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      redirect: 'manual',
      signal: timeout.signal,
    }).finally(() => clearTimeout(timer));
  }

  #checked(response: Response, what: string): Response {
    if (response.ok) return response;
    void response.body?.cancel();
    const { status } = response;
    const host = this.#endpoint.host;
    const code = response.headers.get('x-error-code') ?? '';
    if (code === 'GatedRepo') throw new StartupError(gated(what, this.#token !== undefined, host), 69);
    if (code === 'RevisionNotFound')
      throw new StartupError(`${what}: there is no such revision: check the part after @`, 69);
    if (status === 401 || status === 403) throw new StartupError(this.#refused(what, status), 69);
    if (status === 404)
      throw new StartupError(
        `${what}: there is no such repository or file on ${host}: check the spelling`,
        69,
      );
    if (status === 416) throw new RangeNotSatisfiableError();
    throw new Error(`${host} answered ${status}`);
  }

  #notTheHub(reason: string): StartupError {
    return new StartupError(
      `${this.#endpoint.host} does not answer as the Hugging Face hub does: check HF_ENDPOINT (${reason})`,
      69,
    );
  }

  /** To those without a token the hub does not say whether a repository is private or does not exist. */
  #refused(what: string, status: number): string {
    if (this.#token === undefined)
      return `${what}: there is no such public repository: check the spelling, or set HF_TOKEN if it is private`;
    return status === 401
      ? `${what}: the hub does not accept the token in HF_TOKEN: make a new one`
      : `${what}: the token in HF_TOKEN has no access to it: ask its owner`;
  }
}

/** What is on disk is not the beginning of what the hub has. */
export class RangeNotSatisfiableError extends Error {}

function gated(what: string, hasToken: boolean, host: string): string {
  const ask = `accept its terms on ${host}`;
  return hasToken
    ? `${what}: it is gated and the token in HF_TOKEN has no access: ${ask} as the token's owner`
    : `${what}: it is gated: ${ask}, then set HF_TOKEN`;
}
