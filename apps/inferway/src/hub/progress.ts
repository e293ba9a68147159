/** Where a pull tells how far it is. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** A file's share so far, in bytes. */
  show(what: string, done: number, total: number): void;
}

const intervalMs = 200;
/** Where nobody watches the cursor, in a log, a line now and then is enough. */
const logIntervalMs = 5_000;

/** On a terminal one line that is rewritten, elsewhere a line every few seconds. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const live = stream.isTTY;
  let shownAt = 0;
  let open = false;
  const close = () => {
    if (open) stream.write('\n');
    open = false;
  };
  return {
    say(line) {
      close();
      stream.write(`${line}\n`);
    },
    show(what, done, total) {
      const now = performance.now();
      const finished = done >= total;
      if (!finished && now - shownAt < (live ? intervalMs : logIntervalMs)) return;
      shownAt = now;
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
      const line = `  ${what}  ${sizeOf(done, total)} of ${sizeOf(total, total)} (${percent} %)`;
      stream.write(live ? `\r\u001b[K${line}` : `${line}\n`);
      open = live;
      if (finished) close();
    },
  };
}

/** In the unit that suits the whole. */
function sizeOf(bytes: number, whole: number): string {
  return whole < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
