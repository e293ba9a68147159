import { printSchema } from 'graphql';
import { configurationDocs } from '#config';
import { buildGraphqlSchema, openApiDocument } from '#transport';

/** The generated reference, by path below the repository root; committed, so that a change of the API is seen in review. */
export function referenceFiles(version: string): Record<string, string> {
  return {
    'docs/openapi.json': `${JSON.stringify(openApiDocument(version), null, 2)}\n`,
    'docs/schema.graphql': `${printSchema(buildGraphqlSchema())}\n`,
    'docs/configuration.md': configurationDocs(),
  };
}
