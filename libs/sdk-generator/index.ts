/**
 * sdk-generator: the half of packages/sdk that follows from the contracts.
 *
 * Owns: TypeScript source for the types, methods and error codes that the OpenAPI document and the error catalogue
 * describe. It reads the document and not the contracts: the SDK then says what is published, and whatever lands in
 * the endpoint catalogue (a task, a job endpoint) becomes a method without a line here.
 * Refuses: behaviour of the client (retries, transport), which packages/sdk writes by hand; running in a server.
 */
export * from './sdk-source.js';
