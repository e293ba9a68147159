import { Agent, request } from 'node:http';
import { request as secureRequest, Agent as SecureAgent } from 'node:https';

const requestTimeoutMs = 30_000;

/** Where to ask and as whom: a server, or a tenant of it. */
export interface Caller {
  url: string;
  apiKey: string;
  /** Beside those that every request has. */
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  text: string;
}

/** No answer came at all. */
export class NoAnswer extends Error {
  constructor(
    readonly code: 'client.timeout' | 'client.connection',
    message: string,
  ) {
    super(message);
  }
}

/** @param url where its requests will go: over TLS another agent is needed */
export function keepAlive(sockets: number, url = 'http:'): Agent {
  const options = { keepAlive: true, maxSockets: sockets };
  return url.startsWith('https:') ? new SecureAgent(options) : new Agent(options);
}

/** One request with its answer, whatever it is. @throws NoAnswer */
export function ask(
  agent: Agent,
  { url, apiKey, headers: more }: Caller,
  path: string,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': body.length,
      ...more,
    };
    const options = { method: 'POST', agent, headers, timeout: requestTimeoutMs };
    const failed = (error: Error) => {
      reject(error instanceof NoAnswer ? error : new NoAnswer('client.connection', error.message));
    };
    const send = url.startsWith('https:') ? secureRequest : request;
    const call = send(url + path, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    call.on('timeout', () => {
      call.destroy(new NoAnswer('client.timeout', `${path} did not answer in ${requestTimeoutMs} ms`));
    });
    call.on('error', failed);
    call.end(body);
  });
}

/** One request with its answer's text. @throws on anything but 200: a benchmark with refusals measures nothing. */
export async function post(agent: Agent, caller: Caller, path: string, body: Buffer): Promise<string> {
  const { status, text } = await ask(agent, caller, path, body);
  if (status === 200 && text.length > 0) return text;
  throw new Error(`${path} answered ${status}: ${text.slice(0, 500)}`);
}
