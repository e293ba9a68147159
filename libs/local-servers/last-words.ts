import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const keptLines = 12;
const keptLineLength = 300;

/** What a process said last. Its streams are read for as long as it lives: full pipes would stop it. */
export class LastWords {
  private readonly lines: string[] = [];

  constructor(streams: readonly Readable[], onLine: (line: string) => void) {
    for (const input of streams)
      createInterface({ input }).on('line', (line) => {
        if (this.lines.push(line.slice(0, keptLineLength)) > keptLines) this.lines.shift();
        onLine(line);
      });
  }

  get text(): string {
    return this.lines.join('\n');
  }
}
