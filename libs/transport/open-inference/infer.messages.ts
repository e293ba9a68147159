import { z } from 'zod';
import { problem } from '#contracts';

const maxNameLength = 128;
const name = z.string().min(1).max(maxNameLength);
/** Rows, and what a row has; no field of a contract needs more. */
const shape = z
  .array(
    z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
  )
  .min(1)
  .max(2);

const inputTensor = z
  .strictObject({
    name,
    datatype: z.string().max(16).describe('BYTES, BOOL, INT32 or FP32, as the metadata says'),
    shape: shape.describe('rows, or rows and the values of each'),
    parameters: z
      .strictObject({
        binary_data_size: z
          .int()
          .min(0)
          .max(2 ** 31 - 1),
      })
      .partial()
      .optional()
      .describe('bytes of the tensor behind the JSON, in place of `data`'),
    data: z.array(z.unknown()).optional().describe('row by row, nested or flat'),
  })
  .meta({ id: 'InferInputTensor' });

const requestedOutput = z
  .strictObject({ name, parameters: z.strictObject({ binary_data: z.boolean() }).partial().optional() })
  .meta({ id: 'InferRequestedOutput' });

/** `POST /v2/models/NAME/infer`: its JSON. Members that are not known are refused: they would ask for something. */
export const inferRequest = z
  .strictObject({
    id: z.string().max(256).optional().describe('comes back with the reply'),
    parameters: z
      .object({
        binary_data_output: z.boolean().optional().describe('outputs come as binary tensors'),
        timeout: z
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .optional()
          .describe('how long the caller will wait, in microseconds'),
      })
      .catchall(z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('the protocol’s own, and fields of the task that are the same for all rows'),
    inputs: z.array(inputTensor).min(1).max(64),
    outputs: z.array(requestedOutput).max(64).optional().describe('all of them where this is left out'),
  })
  .meta({ id: 'InferRequest' });
export type InferRequest = z.output<typeof inferRequest>;

const outputTensor = z
  .object({
    name: z.string(),
    datatype: z.string(),
    shape: z.array(
      z
        .int()
        .min(0)
        .max(2 ** 31 - 1),
    ),
    parameters: z
      .object({
        binary_data_size: z
          .int()
          .min(0)
          .max(2 ** 31 - 1),
      })
      .optional(),
    data: z
      .array(z.union([z.string(), z.number(), z.boolean()]).nullable())
      .optional()
      .describe('flat; null is a number that is not there'),
  })
  .meta({ id: 'InferOutputTensor' });

/** Its reply, or of a binary reply the JSON. */
export const inferReply = z
  .object({
    model_name: z.string(),
    model_version: z.string().optional().describe('revision of the model; absent where a task was named'),
    id: z.string().optional(),
    parameters: z
      .object({
        request_id: z.string(),
        model: z.string().describe('`name@revision` of who answered'),
        usage_unit: z.string(),
        usage_amount: z.number(),
      })
      .describe('what every reply of this API carries'),
    outputs: z.array(outputTensor),
  })
  .meta({ id: 'InferReply' });
export type InferReply = z.output<typeof inferReply>;

const tensorMetadata = z
  .object({
    name: z.string(),
    datatype: z.string(),
    shape: z
      .array(
        z
          .int()
          .min(-1)
          .max(2 ** 31 - 1),
      )
      .describe('-1 where the size varies'),
    optional: z.literal(true).optional(),
  })
  .meta({ id: 'TensorMetadata' });

/** `GET /v2/models/NAME` */
export const tensorModel = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string().describe('`inferway_` and the task'),
    inputs: z.array(tensorMetadata),
    outputs: z.array(tensorMetadata),
  })
  .meta({ id: 'TensorModel' });
export type TensorModel = z.output<typeof tensorModel>;

/** `GET /v2` */
export const tensorServer = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'TensorServer' });
export type TensorServer = z.output<typeof tensorServer>;

export const serverLive = z.object({ live: z.literal(true) }).meta({ id: 'TensorServerLive' });
export const serverReady = z.object({ ready: z.literal(true) }).meta({ id: 'TensorServerReady' });
export const modelReady = z
  .object({ name: z.string(), ready: z.literal(true) })
  .meta({ id: 'TensorModelReady' });

/** Every refusal: the problem of the other surfaces, with the one member that the protocol knows. */
export const inferError = problem
  .extend({ error: z.string().describe('code and detail') })
  .meta({ id: 'InferError' });
