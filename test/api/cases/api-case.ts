import type { ErrorCode } from '#kernel';
import type { Inferway } from '#sdk';

/** Keys that were made on the server, and that it refuses. */
export type MadeKeyKind = 'revoked' | 'expired' | 'suspended' | 'elsewhere' | 'pageOnly' | 'unscoped';
/** Which key a case sends. */
export type KeyKind = 'good' | 'none' | 'mistyped' | 'unknown' | MadeKeyKind;

export interface RestRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS';
  path: string;
  /** Sent as JSON; a string or bytes go as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface GraphqlRequest {
  query?: string;
  variables?: Record<string, unknown>;
  /** A body that goes as it is, in place of `query` and `variables`. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

/** The same request as code: what does not compile, a typed client cannot send. */
export type SdkRequest = (client: Inferway) => Promise<object>;

/** One behaviour, asked over every surface that has it. Holds for any server with the starter models. */
export interface ApiCase {
  name: string;
  key?: KeyKind;
  rest?: RestRequest;
  graphql?: GraphqlRequest;
  sdk?: SdkRequest;
  status: number;
  /** Over GraphQL: 200 where a field failed, the error's own status where the whole request did. */
  graphqlStatus?: number;
  code?: ErrorCode;
  /** JSON path of one of the issues. */
  issue?: string;
  /** What the body must contain; over GraphQL, what the first field must. */
  body?: object;
}

/** Marks a value that must be there, whatever it is. */
export const anything = { matches: 'anything' };
