import { AppError } from '#kernel';

/** Each upload holds a batch of inputs, and a line of up to 16 MiB, in memory. */
const uploadBounds = { atOnce: 32, perTenant: 4 };
/** Each video holds up to 100 MiB in memory, and a processor while it is taken apart. */
const videoBounds = { atOnce: 4, perTenant: 2 };

/** Bounds the uploads that one process takes side by side, so that a tenant cannot take all of them. */
export class UploadGate {
  private readonly perTenant = new Map<string, number>();
  private open = 0;

  constructor(private readonly bounds: { atOnce: number; perTenant: number } = uploadBounds) {}

  /** Gives what ends the upload; it may be called more than once. @throws AppError `rate.limited`, `overloaded` */
  enter(tenantId: string): () => void {
    const { atOnce, perTenant } = this.bounds;
    const own = this.perTenant.get(tenantId) ?? 0;
    if (own >= perTenant) {
      const limit = { name: 'job.uploads', value: perTenant, unit: 'uploads' };
      throw new AppError('rate.limited', { detail: 'Wait for your other uploads', limit, retryAfterS: 5 });
    }
    if (this.open >= atOnce) throw new AppError('overloaded', { retryAfterS: 5 });
    this.open += 1;
    this.perTenant.set(tenantId, own + 1);
    let entered = true;
    return () => {
      if (!entered) return;
      entered = false;
      this.open -= 1;
      const left = (this.perTenant.get(tenantId) ?? 1) - 1;
      if (left === 0) this.perTenant.delete(tenantId);
      else this.perTenant.set(tenantId, left);
    };
  }
}

/** The same for videos. */
export class VideoGate extends UploadGate {
  constructor() {
    super(videoBounds);
  }
}
