import { describe, expect, it } from '@jest/globals';
import { graphql } from 'graphql';
import { formatGraphqlError, fromGraphqlError } from './format-errors.js';
import { buildGraphqlSchema } from './schema.js';

const schema = buildGraphqlSchema();

/** What a caller is told of the first thing that is wrong. */
async function refusalOf(source: string, variableValues: Record<string, unknown>) {
  const { errors } = await graphql({ schema, source, variableValues });
  const [error] = errors ?? [];
  if (error === undefined) throw new Error('nothing was wrong');
  return formatGraphqlError(fromGraphqlError(error), 'req_1', error);
}

describe('what GraphQL says of a value of the wrong type', () => {
  const long = '🚲'.repeat(250_000);

  it.each([
    ['a number', 'query ($v: Int) { answer(question: "a", context: "b", topK: $v) { requestId } }', long],
    ['a choice', 'query ($v: UsageBucketLength) { usage(bucket: $v) { day } }', long],
    ['an item of a list', 'query ($v: [String!]!) { embed(text: $v) { requestId } }', ['a', { [long]: 1 }]],
  ])('quotes no more of it than is needed to find it: %s', async (_, query, value) => {
    const refusal = await refusalOf(query, { v: value });
    expect(refusal.message).toMatch(/^v(\[1\])?: \w+/);
    expect(JSON.stringify(refusal).length).toBeLessThan(3_000);
    expect(refusal.message.isWellFormed()).toBe(true);
  });

  it('quotes a short one whole', async () => {
    const query = 'query ($v: Int) { answer(question: "a", context: "b", topK: $v) { requestId } }';
    expect((await refusalOf(query, { v: 'three' })).message).toBe(
      'v: Int cannot represent non-integer value: "three"',
    );
  });

  it('quotes no more of a long name in a document either', async () => {
    const refusal = await refusalOf(`{ ${'x'.repeat(50_000)} }`, {});
    expect(JSON.stringify(refusal).length).toBeLessThan(3_000);
  });
});
