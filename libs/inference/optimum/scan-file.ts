import { createReadStream } from 'node:fs';

/** True when the file holds these bytes; read in pieces, as graphs have gigabytes. */
export async function scanFile(path: string, text: string): Promise<boolean> {
  const wanted = Buffer.from(text, 'latin1');
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([tail, Buffer.from(chunk as Uint8Array)]);
    if (bytes.includes(wanted)) return true;
    tail = bytes.subarray(-wanted.length);
  }
  return false;
}
