import { describe, expect, it } from '@jest/globals';
import { endpoints } from './endpoint.catalogue.js';
import { openApiDocument } from './document.js';

const document = openApiDocument('1.2.3');
const text = JSON.stringify(document);

describe('openApiDocument', () => {
  it('describes every endpoint of the catalogue, its errors as problems, and whether it needs a key', () => {
    for (const { method, path, operationId, status = 200, public: isPublic } of endpoints) {
      const verb = method.toLowerCase() as Lowercase<typeof method>;
      const operation = document.paths?.[path.replace(/:(\w+)/g, '{$1}')]?.[verb];
      expect(operation).toMatchObject({ operationId, responses: { [status]: expect.anything() } });
      expect(operation?.security).toEqual(isPublic ? [] : undefined);
    }
  });

  it('resolves every reference inside itself', () => {
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components?.schemas).toHaveProperty([name ?? '']);
    }
  });

  it('refuses unknown fields of request bodies, and offers files as multipart', () => {
    const post = document.paths?.['/v1/images/classify']?.post;
    expect(post?.requestBody).toMatchObject({
      content: {
        'application/json': { schema: { additionalProperties: false } },
        'multipart/form-data': { schema: { properties: { image: { type: 'string' } } } },
      },
    });
  });

  it('has none of our own marks on schemas', () => {
    expect(text).not.toMatch(/"oneOrMany"|"bytes":/);
  });
});
