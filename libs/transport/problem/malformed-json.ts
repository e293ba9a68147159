import { AppError } from '#kernel';

/** Where `JSON.parse` gave up. The rest of its message quotes the body, which may be private, and is not passed on. */
const place = /\(line \d+ column \d+\)/;

/** Why a body was refused as JSON. It is parsed once more to tell, which only a refusal costs. */
export function malformedJson(body: string): AppError {
  try {
    JSON.parse(body.replace(/^\ufeff/, ''));
    // Valid, so it was refused for what it would do once it is copied into another object.
    const detail =
      'A member of the body may not be called `__proto__`, nor hold `prototype` as `constructor`';
    return new AppError('request.malformed', { detail });
  } catch (cause) {
    const [where] = (cause instanceof Error ? place.exec(cause.message) : null) ?? ['(it ends too early)'];
    return new AppError('request.malformed', { detail: `The body is not valid JSON ${where}` }, { cause });
  }
}
