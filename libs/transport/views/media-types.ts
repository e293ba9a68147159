/** One JSON text a line. */
export const linesMediaType = 'application/x-ndjson';
/** Nobody has registered one of them, so clients say any. */
export const linesMediaTypes: readonly string[] = [linesMediaType, 'application/ndjson', 'application/jsonl'];
