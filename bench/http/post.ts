import { Agent, request } from 'node:http';

const requestTimeoutMs = 30_000;

/** Where to ask and as whom: a server, or a tenant of it. */
export interface Caller {
  url: string;
  apiKey: string;
  /** Beside those that every request has. */
  headers?: Record<string, string>;
}

export function keepAlive(sockets: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: sockets });
}

/** One request with its answer's text. @throws on anything but 200: a benchmark with refusals measures nothing. */
export function post(
  agent: Agent,
  { url, apiKey, headers: more }: Caller,
  path: string,
  body: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': body.length,
      ...more,
    };
    const options = { method: 'POST', agent, headers, timeout: requestTimeoutMs };
    const call = request(url + path, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 && text.length > 0) resolve(text);
        else reject(new Error(`${path} answered ${response.statusCode ?? '?'}: ${text.slice(0, 500)}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error(`${path} did not answer in ${requestTimeoutMs} ms`)));
    call.on('error', reject);
    call.end(body);
  });
}
