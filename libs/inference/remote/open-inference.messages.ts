import { z } from 'zod';
import type { TensorSpec } from '../models/manifest.js';

/** The protocol's names of what manifests call float32 and so on. */
export const datatypes = {
  float32: 'FP32',
  int32: 'INT32',
  int64: 'INT64',
  int8: 'INT8',
  uint8: 'UINT8',
  bool: 'BOOL',
} as const satisfies Record<TensorSpec['dtype'], string>;

const signatureTensor = z.object({
  name: z.string(),
  datatype: z.string(),
  /** -1 where the size varies. */
  shape: z.array(z.int().min(-1)),
});
export type SignatureTensor = z.infer<typeof signatureTensor>;

/** `GET /v2/models/NAME` */
export const modelMetadata = z.object({
  inputs: z.array(signatureTensor),
  outputs: z.array(signatureTensor),
});
export type ModelMetadata = z.infer<typeof modelMetadata>;

/** The JSON part of the reply to `POST /v2/models/NAME/infer`. */
export const inferReply = z.object({
  outputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.int().nonnegative()),
      /** Absent where the server answers numbers as JSON although it was asked for binary data. */
      parameters: z.object({ binary_data_size: z.int().nonnegative().optional() }).optional(),
    }),
  ),
});

/** Every refusal. */
export const refusal = z.object({ error: z.string() });
