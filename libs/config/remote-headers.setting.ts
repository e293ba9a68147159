import { z } from 'zod';

/** A header that one server of models is to see with every request, such as a credential. */
export interface RemoteHeader {
  /** The server's address without `/v2`. */
  server: string;
  /** In lower case. */
  name: string;
  value: string;
}

/** What the program itself has to say to a server. */
const ownHeaders = [
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'inference-header-content-length',
  'traceparent',
  'transfer-encoding',
];

/** `URL NAME: VALUE`; a problem never shows a line, which holds a secret. */
const line =
  /^(https?:\/\/\S+?)\/*\s+([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;

/** `http://triton:8000 Authorization: Bearer abc`, one header a line. */
export const remoteHeaders = z
  .string()
  .transform((text) => text.split('\n').map((each) => each.trim()))
  .transform((lines, context): RemoteHeader[] =>
    lines.flatMap((text, i) => {
      if (text === '' || text.startsWith('#')) return [];
      const [, server, name = '', value] = line.exec(text) ?? [];
      const problem =
        server === undefined || value === undefined
          ? 'must be URL NAME: VALUE, in printable ASCII'
          : ownHeaders.includes(name.toLowerCase())
            ? `sets ${name}, which is the program's own`
            : undefined;
      if (problem !== undefined) context.addIssue({ code: 'custom', message: `line ${i + 1} ${problem}` });
      return server === undefined || value === undefined ? [] : [{ server, name: name.toLowerCase(), value }];
    }),
  );
