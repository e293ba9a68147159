import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { z } from 'zod';

interface Expected {
  sha256: string;
  bytes: number;
}

const memory = z.record(z.string(), z.object({ bytes: z.number(), mtimeMs: z.number(), sha256: z.string() }));

/**
 * How ONNX writes the path of weights kept in another file: a map entry with the key `location`. onnxruntime would
 * follow it to any path, so a graph may only name files of its manifest.
 */
const externalData = Buffer.from('\x0a\x08location\x12', 'latin1');
/** A length byte and the longest name that it can tell, which is far longer than a sensible one. */
const maxLocationBytes = 128;

/**
 * Checks files by size and SHA-256, and remembers (path, size, mtime) of those that matched: hashing 150 MB takes
 * about a second of CPU at every start otherwise. The memory guards against corruption and half-finished downloads,
 * not against somebody who can write to the folder: he could rewrite the manifest as well.
 */
export class FileVerifier {
  readonly #path: string;
  readonly #known: z.infer<typeof memory>;
  #changed: boolean;

  private constructor(path: string, known: z.infer<typeof memory>, changed = false) {
    this.#path = path;
    this.#known = known;
    this.#changed = changed;
  }

  /** @param path the memory's file; a missing or unreadable one means that nothing is known. */
  static async open(path: string): Promise<FileVerifier> {
    try {
      const parsed = memory.safeParse(JSON.parse(await readFile(path, 'utf8')));
      return new FileVerifier(path, parsed.success ? parsed.data : {});
    } catch {
      return new FileVerifier(path, {});
    }
  }

  /** One that hashes every file, and whose memory takes the place of what is known at the path. */
  static unknowing(path: string): FileVerifier {
    return new FileVerifier(path, {}, true);
  }

  /**
   * What is wrong with the file, in words; undefined when it is as expected.
   * @param listed files of the manifest, where a graph may keep weights.
   */
  async check(
    directory: string,
    file: string,
    expected: Expected,
    listed: readonly string[],
  ): Promise<string | undefined> {
    const path = join(directory, file);
    try {
      const real = await realpath(path);
      if (!real.startsWith((await realpath(directory)) + sep)) return 'is a link that leaves the model folder';
      const { size, mtimeMs } = await stat(real);
      if (size !== expected.bytes) return `has ${size} bytes, the manifest says ${expected.bytes}`;
      const known = this.#known[path];
      if (known?.bytes === size && known.mtimeMs === mtimeMs && known.sha256 === expected.sha256)
        return undefined;
      const found = await digest(real);
      if (found.sha256 !== expected.sha256) return `has sha256 ${found.sha256}, not ${expected.sha256}`;
      const stray = file.endsWith('.onnx') ? found.locations.find((name) => !listed.includes(name)) : undefined;
      if (stray !== undefined)
        return `keeps weights in a file that the manifest does not list (external data: ${stray || 'unreadable name'})`;
      this.#known[path] = { bytes: size, mtimeMs, sha256: expected.sha256 };
      this.#changed = true;
      return undefined;
    } catch (error) {
      return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
  }

  /** Writes the memory; a folder that is read-only only costs the next start its hashing. */
  async remember(): Promise<void> {
    if (!this.#changed) return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      await writeFile(draft, JSON.stringify(this.#known, null, 1));
      await rename(draft, this.#path);
    } catch {
      return;
    }
  }
}

async function digest(path: string): Promise<{ sha256: string; locations: string[] }> {
  const hash = createHash('sha256');
  const locations = new Set<string>();
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    hash.update(bytes);
    const joined = Buffer.concat([tail, bytes]);
    tail = Buffer.from(joined.subarray(locate(joined, locations, joined.length - maxLocationBytes)));
  }
  locate(tail, locations, tail.length);
  return { sha256: hash.digest('hex'), locations: [...locations] };
}

/** Collects the locations whose marks begin before `end`. @returns where the next search has to begin */
function locate(bytes: Buffer, locations: Set<string>, end: number): number {
  for (let from = 0; ;) {
    const at = bytes.indexOf(externalData, from);
    if (at < 0 || at >= end) return Math.max(0, from, end);
    const start = at + externalData.length;
    const length = bytes[start] ?? 0;
    // A name of 128 bytes or more, and one that is cut off, reads as '', which no manifest lists.
    locations.add(length < maxLocationBytes ? bytes.toString('utf8', start + 1, start + 1 + length) : '');
    from = start;
  }
}
