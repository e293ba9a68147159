import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A repository that the local hub serves: a folder, and how it behaves. */
export interface LocalRepository {
  folder: string;
  pipelineTag?: string;
  tags?: string[];
  /** Only this token may read it. */
  token?: string;
  gated?: boolean;
  /** Files as the list names them, in place of the folder's own. */
  listed?: (paths: string[]) => string[];
  /** Size of a file as the list names it. */
  size?: (path: string, size: number) => number;
  /** The list of its files never ends. */
  endless?: boolean;
  /** What is sent for a file, in place of its content. */
  content?: (path: string, content: Buffer) => Buffer;
}

export interface SeenRequest {
  /** Which of the two servers. */
  host: 'hub' | 'storage';
  path: string;
  authorization: string | undefined;
  range: string | undefined;
}

const breakDelayMs = 100;

export const commit = '0123456789abcdef0123456789abcdef01234567';

/**
 * Speaks the part of the hub's API that a pull uses: the list of a revision's files, and `resolve`, which answers small
 * files itself and redirects large ones to storage on another port, as the hub redirects to its CDN.
 */
export class LocalHub {
  readonly requests: SeenRequest[] = [];
  /** Storage breaks a connection after so many bytes, this many times. */
  breaks = { afterBytes: Infinity, left: 0 };
  /** What the hub and its storage answer next in place of what they are asked, one after the other. */
  refusals: { status: number; headers: Record<string, string> }[] = [];

  private constructor(
    private readonly repositories: Readonly<Record<string, LocalRepository>>,
    private readonly hub: Server,
    private readonly storage: Server,
  ) {
    hub.on('request', (request, response) => {
      if (!this.refuse('hub', request, response)) this.answerHub(request, response);
    });
    storage.on('request', (request, response) => {
      if (!this.refuse('storage', request, response)) this.answerStorage(request, response);
    });
  }

  static async start(repositories: Readonly<Record<string, LocalRepository>>): Promise<LocalHub> {
    const hub = new LocalHub(repositories, await listen(), await listen());
    return hub;
  }

  get endpoint(): string {
    return address(this.hub);
  }

  async stop(): Promise<void> {
    for (const server of [this.hub, this.storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  private refuse(host: SeenRequest['host'], request: IncomingMessage, response: ServerResponse): boolean {
    const refusal = this.refusals.shift();
    if (refusal === undefined) return false;
    this.note(host, request);
    response.writeHead(refusal.status, refusal.headers).end();
    return true;
  }

  private answerHub(request: IncomingMessage, response: ServerResponse): void {
    const path = this.note('hub', request);
    const [, name, api] = /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|resolve)\//.exec(path) ?? [];
    const repository = this.repositories[name ?? ''];
    const refusal = refuse(repository, request);
    if (repository === undefined || refusal !== undefined) {
      const [status, code] = refusal ?? [404, 'RepoNotFound'];
      response.writeHead(status, { 'x-error-code': code }).end();
    } else if (api === 'revision') this.list(path, name ?? '', repository, response);
    else this.resolve(path, repository, request, response);
  }

  private list(path: string, name: string, repository: LocalRepository, response: ServerResponse): void {
    const revision = /\/revision\/([^?]+)/.exec(path)?.[1] ?? '';
    if (!['main', commit].includes(revision)) {
      response.writeHead(404, { 'x-error-code': 'RevisionNotFound' }).end();
      return;
    }
    if (repository.endless === true) {
      Readable.from(endlessly()).pipe(response.writeHead(200, { 'content-type': 'application/json' }));
      return;
    }
    const own = filesOf(repository.folder);
    const siblings = (repository.listed?.(own) ?? own).map((rfilename) => describe(repository, rfilename));
    const body = {
      id: name,
      sha: commit,
      pipeline_tag: repository.pipelineTag,
      tags: repository.tags,
      siblings,
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private resolve(
    path: string,
    repository: LocalRepository,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const file = decodeURIComponent(/\/resolve\/[0-9a-f]{40}\/(.*)$/.exec(path)?.[1] ?? '');
    if (isLarge(file)) {
      const location = `${address(this.storage)}/${encodeURIComponent(repository.folder)}/${file}?signature=abc`;
      response.writeHead(302, { location, 'x-repo-commit': commit, 'x-linked-etag': '"etag"' }).end();
    } else send(contentOf(repository, file), request, response);
  }

  private answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const [, folder = '', file = ''] = /^\/([^/]+)\/([^?]*)/.exec(this.note('storage', request)) ?? [];
    const repository = Object.values(this.repositories).find(
      (each) => each.folder === decodeURIComponent(folder),
    );
    if (repository === undefined) response.writeHead(403).end();
    else if (this.breaks.left > 0) {
      this.breaks.left--;
      const content = contentOf(repository, file);
      const from = rangeStart(request);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
      // A reset discards what the client has not read yet, so it comes a little later.
      response.write(content.subarray(from, from + this.breaks.afterBytes), () => {
        setTimeout(() => response.destroy(), breakDelayMs);
      });
    } else send(contentOf(repository, file), request, response);
  }

  private note(host: SeenRequest['host'], { url = '', headers }: IncomingMessage): string {
    this.requests.push({ host, path: url, authorization: headers.authorization, range: headers.range });
    return url;
  }
}

function* endlessly(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536, ' ');
}

function refuse(
  repository: LocalRepository | undefined,
  { headers }: IncomingMessage,
): [number, string] | undefined {
  const { authorization } = headers;
  // As the hub does: strangers cannot tell a private repository from none.
  if (repository === undefined)
    return authorization === undefined ? [401, 'RepoNotFound'] : [404, 'RepoNotFound'];
  if (repository.token === undefined || authorization === `Bearer ${repository.token}`) return undefined;
  return repository.gated === true ? [403, 'GatedRepo'] : [401, 'RepoNotFound'];
}

function send(content: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = rangeStart(request);
  if (from > 0 && from >= content.length) response.writeHead(416).end();
  else if (from === 0) response.writeHead(200, { 'content-length': content.length }).end(content);
  else {
    const range = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { 'content-range': range }).end(content.subarray(from));
  }
}

function rangeStart({ headers }: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
}

function contentOf({ folder, content }: LocalRepository, path: string): Buffer {
  const own = readFileSync(join(folder, path));
  return content?.(path, own) ?? own;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

/** As the hub lists a file; what is in large file storage has its own hash, the rest git's. */
function describe({ folder, size: sizeOf }: LocalRepository, rfilename: string) {
  const content = filesOf(folder).includes(rfilename)
    ? readFileSync(join(folder, rfilename))
    : Buffer.alloc(0);
  const size = sizeOf?.(rfilename, content.length) ?? content.length;
  const blobId = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { rfilename, size, blobId, ...(isLarge(rfilename) && { lfs: { sha256, size, pointerSize: 134 } }) };
}

function isLarge(path: string): boolean {
  return path.endsWith('.onnx') || path.endsWith('_data');
}

async function listen(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
