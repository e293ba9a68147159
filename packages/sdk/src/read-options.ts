const wanted = 'the address of the server, such as http://127.0.0.1:8080';

/**
 * Without a slash at its end. Types do not reach those who write JavaScript, and a variable of the environment that is not
 * set is the first mistake of everybody.
 * @throws TypeError that says what is wanted
 */
export function readBaseUrl(given: string | URL | null | undefined): string {
  const text = String(given ?? '').trim();
  if (text === '') throw new TypeError(`baseUrl is missing: ${wanted}`);
  // `localhost:8080` is a URL, too: of a scheme `localhost`.
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
    // Not what was given: it may be the key, in the wrong place.
    throw new TypeError(`baseUrl must be ${wanted}`);
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`.replace(/\/+$/, '');
}

/** @throws TypeError when there is none: a server would only say that `undefined` is no key */
export function readApiKey(given: unknown): string {
  if (typeof given !== 'string' || given === '') throw new TypeError('apiKey is missing');
  return given;
}
