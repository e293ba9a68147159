import { readFile, rename, writeFile } from 'node:fs/promises';

/** What scripts and people need to use a local cluster. */
export interface ClusterDescription {
  url: string;
  /** Of every gateway; `url` is the first. */
  urls: string[];
  tenantId: string;
  apiKey: string;
  adminKey: string;
  databaseUrl: string;
  redisUrl: string;
  /** `url`: the API of a gateway, the probes and metrics of a worker. */
  processes: { role: string; pid: number; url?: string | undefined }[];
}

/** `cluster.json`, readable by its owner only; replaced whole, so that a reader never sees half of it. */
export class ClusterFile {
  private content: ClusterDescription | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(readonly path: string) {}

  get description(): ClusterDescription {
    if (this.content === undefined) throw new Error('the cluster is not up yet');
    return this.content;
  }

  /** Undefined when there is none, or none that can be read. */
  async read(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Writes follow one another: processes may be replaced side by side. */
  write(content: Omit<ClusterDescription, 'url'>): Promise<void> {
    const [url = ''] = content.urls;
    this.content = { url, ...content };
    // Also after one that failed, on a full disk perhaps.
    this.last = this.last.catch(() => undefined).then(() => this.replace());
    return this.last;
  }

  private async replace(): Promise<void> {
    const temporary = `${this.path}.new`;
    await writeFile(temporary, `${JSON.stringify(this.content, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.path);
  }
}
