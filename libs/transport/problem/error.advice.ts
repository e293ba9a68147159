import type { ErrorCode } from '#kernel';

/**
 * What a caller should do about each error, in Markdown: docs/errors.md and the page at `errorReference` are made of it.
 * It is not in the catalogue, which travels in every process.
 */
export const errorAdvice: Readonly<Record<ErrorCode, string>> = {
  'request.malformed': 'The body is not JSON, not valid UTF-8, or cut short. Send it again as written.',
  'request.invalid':
    'Each entry of `issues` has the JSON path and what is wrong there; where a bound was passed, `limit` says which.',
  'request.too_large': '`limit` says how many bytes are accepted. Send less, or more requests.',
  'request.unsupported_media_type':
    'Send what `detail` names: `application/json`, `multipart/form-data` for an image, lines of JSON for jobs.',
  'request.timeout': 'The body came too slowly. Check the connection and send it again.',
  'request.cancelled': 'You closed the connection. Work that had not started was dropped and is not billed.',
  'auth.missing_key': 'Send `Authorization: Bearer <key>`.',
  'auth.malformed_key':
    'It has not the form of a key, or its checksum does not match: a character was lost or changed in copying.',
  'auth.unknown_key':
    'The key is well formed and none of this installation: it is of another one, or of a tenant that was deleted.',
  'auth.revoked_key': 'Ask whoever administers the installation for a new key.',
  'auth.expired_key': 'Its time is over, or it was rotated: use the key that took its place.',
  'auth.wrong_network':
    'The key is bound to networks, and your address, which `detail` names, is in none. Behind a proxy of your own: is it in `TRUSTED_PROXIES`?',
  'auth.wrong_origin': 'The key is bound to the origins of web pages. A server needs a key of its own.',
  'auth.missing_scope': '`supported` names the scope. Use a key that has it, or ask for one.',
  'auth.forbidden': 'The key is valid but of the wrong kind: administration needs an admin key.',
  'tenant.suspended': 'The key is right, its tenant is suspended. Ask whoever administers the installation.',
  'resource.not_found': 'There is no such path or resource for this key.',
  'resource.conflict': '`detail` says what stands in the way, and what to do first.',
  'route.method_not_allowed': 'The path exists with another method: the `Allow` header names it.',
  'idempotency.in_flight': 'The first request with this `Idempotency-Key` still runs. Wait `retryAfterS`.',
  'idempotency.mismatch': 'An `Idempotency-Key` belongs to one body. Use a new key for a new body.',
  'language.unsupported':
    '`supported` lists the language pairs that are served; where you named no `source`, the languages that go into your target.',
  'language.undetected':
    'The text is too short or too mixed to tell which of the languages in `supported` it is in. Name its `source`.',
  'text.too_long':
    '`limit` says how many tokens the model reads. Shorten or split the text, or set `truncate` where the task has it.',
  'image.unsupported_format':
    'Send JPEG, PNG or WebP. The bytes decide, not the file name or the content type.',
  'image.unreadable': 'The file is damaged or cut short. Export it again.',
  'image.too_large': '`limit` says how many pixels are accepted, in all or a side. Scale the image down.',
  'video.unsupported_format':
    'Send MP4, MOV, WebM, Matroska, AVI, MPEG, Ogg, FLV or ASF with a video stream in it. Playlists are not followed.',
  'video.unreadable': 'The file is damaged. Export it again.',
  'video.truncated': 'The file was cut short, on its way or before. Send it whole.',
  'video.too_large': '`limit` says how many pixels a frame may have. Scale the video down.',
  'video.too_long':
    '`limit` says what was met: seconds of video, frames, or time to decode. Cut the video, or take fewer frames a second.',
  'video.unavailable':
    'FFmpeg is missing here, or memory to put videos in. Whoever runs the installation finds how in docs/video.md.',
  'deadline.exceeded': 'Raise `X-Deadline-Ms` or retry when there is less load. Expired work is not billed.',
  'rate.limited':
    'Slow down: wait `retryAfterS`, then send at the rate, or as much at one time, as `limit` says.',
  'quota.exceeded':
    'Retrying does not help before the quota begins anew, or it or the budget is raised. `limit` says which one; see docs/limits.md.',
  'invoice.out_of_range':
    'What was used times its price is beyond 2⁵³ − 1 millionths of the currency, or is itself beyond as many units or items. Our fault: a price was mistyped, or the books were altered. Whoever runs the installation finds it with `inferway prices list` or `inferway metering verify`.',
  overloaded:
    'Our fault: wait `retryAfterS`, then retry with growing pauses. Where `limit` is `deadline`, more time in `X-Deadline-Ms` helps as well.',
  'engine.failed':
    'Our fault: the model broke on this item, or did not come to an end with it, twice, the second time with nothing beside it. The other items of the request were answered, and this one is not billed. Sent again as it is, it fails again: change it, and give the `requestId` to whoever runs the installation.',
  'engine.unavailable': 'Our fault: an engine failed twice on this work. Retry.',
  'queue.unavailable':
    'Our fault: the queue between our machines is away. Retry; under the same `Idempotency-Key` nothing is billed twice.',
  'payloads.unavailable':
    'Our fault: images and long texts cannot be handed to our machines at the moment, short ones can. Retry; nothing was lost or billed.',
  'limits.unavailable':
    'Our fault: what this tenant has used cannot be looked up at the moment. Nothing was begun; retry.',
  'service.draining': 'This server is going away. Retry: another one, or its successor, will answer.',
  'graphql.invalid': 'The document does not parse or does not fit the schema; the message says where.',
  'graphql.too_complex': '`limit` says which bound was met: depth, aliases or size. Ask for less at once.',
  internal: 'Our fault. Retry, and give the `requestId` to whoever runs the installation.',
};
