/** Of undici, whose words say more: what a proxy answered, whom it could not reach. */
const unspeaking = /^UND_ERR_/;

/** `ENOSPC`, `ECONNREFUSED`: the code of a system error or of its cause, which fetch hides; else its words. */
export function codeOf(error: unknown): string {
  if (!isObject(error)) return String(error);
  const code = error['code'];
  if (typeof code === 'string' && !unspeaking.test(code)) return code;
  if (isObject(error['cause'])) return codeOf(error['cause']);
  return typeof error['message'] === 'string' ? error['message'] : 'unknown error';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
