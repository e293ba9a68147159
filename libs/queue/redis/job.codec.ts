import { Packr } from 'msgpackr';
import { jobAnswer, jobEnvelope, type JobAnswer, type JobEnvelope } from '#contracts';
import type { Seal } from '#kernel';

/** MessagePack and not JSON: an image of 1 MB stays 1 MB, where BullMQ's own job data would make 5.2 MB of it. */
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: false });

/** Jobs and replies as they lie in Redis: packed, then sealed with the installation's key and bound to their request id. */
export class JobCodec {
  constructor(private readonly seal: Seal) {}

  packJob(envelope: JobEnvelope): Buffer {
    return this.close(envelope, `job ${envelope.requestId}`);
  }

  /** @throws Error when it was altered, or is another installation's; ZodError for a version that we do not read */
  unpackJob(sealed: Uint8Array, requestId: string): JobEnvelope {
    return jobEnvelope.parse(this.open(sealed, `job ${requestId}`));
  }

  packAnswer(answer: JobAnswer): Buffer {
    return this.close(answer, `reply ${answer.requestId}`);
  }

  /** @throws as `unpackJob` */
  unpackAnswer(sealed: Uint8Array, requestId: string): JobAnswer {
    return jobAnswer.parse(this.open(sealed, `reply ${requestId}`));
  }

  private close(value: object, context: string): Buffer {
    return Buffer.from(this.seal.seal(packr.pack(value), context));
  }

  private open(sealed: Uint8Array, context: string): unknown {
    return packr.unpack(this.seal.open(sealed, context));
  }
}
