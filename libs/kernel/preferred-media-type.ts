import { MIMEType } from 'node:util';

/**
 * Which of the types that are offered an `Accept` header asks for by name with the highest `q`, the first offered of
 * several; undefined when it names none, as wildcards do. `q=0` refuses a type.
 *
 * Rejected: `@fastify/accept-negotiator`, which is made for encodings and does not know `text/csv; charset=utf-8`, and
 * `negotiator`, a package more for what is a sort once wildcards mean nothing.
 */
export function preferredMediaType(
  accept: string | undefined,
  offered: readonly string[],
): string | undefined {
  const ranges = accept?.split(',').flatMap(readRange) ?? [];
  // Prometheus names a type once for each version of it.
  const quality = (type: string) =>
    Math.max(0, ...ranges.flatMap(([named, q]) => (named === type ? [q] : [])));
  return offered.filter((type) => quality(type) > 0).toSorted((a, b) => quality(b) - quality(a))[0];
}

/** A range and its quality; nothing for what is no media type, such as the `*` of Java's oldest client. */
function readRange(text: string): [string, number][] {
  try {
    const { essence, params } = new MIMEType(text);
    const quality = Number(params.get('q') ?? 1);
    return Number.isNaN(quality) ? [] : [[essence, quality]];
  } catch {
    return [];
  }
}
