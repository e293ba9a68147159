/** One JSON text a line. */
export const linesMediaType = 'application/x-ndjson';
