import type { z } from 'zod';

/** Asks the server that the tests of a file share, and parses what it says. */
export type Ask = <T>(path: string, body: object, schema: z.ZodType<T>) => Promise<T>;
