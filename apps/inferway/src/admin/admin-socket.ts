import { chmod, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { AppError, isErrorCode, textLines } from '#kernel';
import type { AdminCommand, AdminCommandName } from './admin-commands.js';

/** One line of JSON each way. Mode 0600: whoever may read the home folder's secrets may use the socket. */
const request = z.object({ command: z.string().max(64), input: z.unknown() });
const response = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), code: z.string(), detail: z.string() }),
]);

const maxRequestLength = 65_536;
/** A page of an export, or of 200 keys with many origins and networks each. */
const maxAnswerLength = 4_194_304;
const answerTimeoutMs = 60_000;
/** On an idle machine a day of a million usage rows takes a minute to verify, an audit log of as many half one. */
const verifyTimeoutMs = 600_000;
const verifying: ReadonlySet<string> = new Set<AdminCommandName>([
  'audit.verify',
  'metering.months',
  'metering.verifyDay',
  'metering.verifyDropped',
  'metering.verifyInvoices',
]);
const timeoutMsOf = (command: string) => (verifying.has(command) ? verifyTimeoutMs : answerTimeoutMs);

type ServedCommands = Readonly<Partial<Record<AdminCommandName, AdminCommand>>>;

/** Serves the admin commands on a Unix socket while the server holds the database. */
export async function serveAdminSocket(path: string, commands: ServedCommands): Promise<Server> {
  await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    void answerLine(socket, commands);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return server;
}

/** False when no server listens there. */
export async function isServed(path: string): Promise<boolean> {
  const socket = await connect(path);
  socket?.destroy();
  return socket !== undefined;
}

/** @throws AppError as the command did, and when the server is gone */
export async function callAdminSocket(
  path: string,
  command: AdminCommandName,
  input: unknown,
): Promise<unknown> {
  const socket = await connect(path);
  if (socket === undefined) throw new AppError('service.draining', { detail: 'The server is gone' });
  socket.setTimeout(timeoutMsOf(command), () =>
    socket.destroy(new Error('the server did not answer the admin socket')),
  );
  socket.write(`${JSON.stringify({ command, input })}\n`);
  const answer = response.parse(JSON.parse(await readLine(socket, maxAnswerLength)));
  socket.end();
  if (answer.ok) return answer.result;
  throw new AppError(isErrorCode(answer.code) ? answer.code : 'internal', { detail: answer.detail });
}

async function answerLine(socket: Socket, commands: ServedCommands): Promise<void> {
  try {
    const { command, input } = request.parse(JSON.parse(await readLine(socket, maxRequestLength)));
    socket.setTimeout(timeoutMsOf(command));
    const run = Object.entries(commands).find(([name]) => name === command)?.[1];
    if (run === undefined)
      throw new AppError('resource.not_found', { detail: `There is no command ${command}` });
    socket.end(`${JSON.stringify({ ok: true, result: await run(input) })}\n`);
  } catch (error) {
    const { code, message } = error instanceof z.ZodError ? invalid(error) : AppError.from(error);
    socket.end(`${JSON.stringify({ ok: false, code, detail: message })}\n`);
  }
}

function invalid(error: z.ZodError): AppError {
  return new AppError('request.invalid', { detail: z.prettifyError(error) });
}

/** The first line. What follows is read and dropped: a socket that nobody reads never comes to its end. */
async function readLine(socket: Socket, maxLength: number): Promise<string> {
  const chunks: AsyncIterable<string> = socket.setEncoding('utf8').iterator({ destroyOnReturn: false });
  try {
    for await (const line of textLines(chunks, maxLength)) return line;
  } finally {
    socket.resume();
  }
  throw new Error('the admin socket closed without a line');
}

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => {
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const nobodyListens = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      if (nobodyListens) resolve(undefined);
      else reject(error);
    });
  });
}
