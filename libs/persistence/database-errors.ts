import { AppError } from '#kernel';
import { z } from 'zod';
import { Prisma } from './generated/client.js';

/** SQLSTATE classes (or whole states) of a server that cannot answer now: connection, conflict, resources, shutdown. */
const outageStates = ['08', '25006', '40', '53', '55P03', '57'];
/** Data that the tables do not take: whatever else changes, the same rows are refused again. */
const refusalStates = ['22', '23'];
/** Prisma's codes for an outage, where it hides the state. */
const outageCodes = ['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037'];
/** What node-postgres and sockets throw past Prisma's adapter, which knows four errno codes only. */
const socketCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
];
const driverMessage = /connection terminated|timeout exceeded|read timeout|not queryable/i;
const outageKinds = ['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections'];

const driverFault = z.object({ kind: z.string(), originalCode: z.string().optional() });
/** Prisma hands its adapter's error on in an error of its own or, between two statements of a transaction, as it is. */
const driverError = z.union([
  z
    .object({ meta: z.object({ driverAdapterError: z.object({ cause: driverFault }) }) })
    .transform(({ meta }) => meta.driverAdapterError.cause),
  z.object({ name: z.literal('DriverAdapterError'), cause: driverFault }).transform(({ cause }) => cause),
]);

const faultOf = (error: unknown) => driverError.safeParse(error).data;

/** The SQLSTATE behind an error of Prisma, e.g. `23505`. */
export function sqlStateOf(error: unknown): string | undefined {
  return faultOf(error)?.originalCode;
}

/** True when the data of the statement is at fault. */
export function isRefusal(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && refusalStates.some((prefix) => state.startsWith(prefix));
}

/** True when the same statement may succeed a moment later. */
export function isOutage(error: unknown): boolean {
  const fault = faultOf(error);
  const state = fault?.originalCode;
  if (state !== undefined) return outageStates.some((prefix) => state.startsWith(prefix));
  if (fault !== undefined && outageKinds.includes(fault.kind)) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && outageCodes.includes(error.code)) return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return socketCodes.includes(code) || driverMessage.test(error.message);
}

/** `overloaded` for an outage, which passes; `internal` for the rest, which is a defect of ours. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError || !isOutage(error)) return AppError.from(error);
  return new AppError(
    'overloaded',
    { detail: 'The database does not answer', retryAfterS: 1 },
    { cause: error, internal: { sqlState: sqlStateOf(error) } },
  );
}
