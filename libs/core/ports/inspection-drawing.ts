import type { Inspection, ReportFormat } from '#contracts';

/** What a drawing shows: an inspection and where it came from. */
export interface InspectionRecord extends Omit<Inspection, 'annotated' | 'report'> {
  requestId: string;
  model: string;
}

export interface Attachment {
  mediaType: string;
  bytes: Uint8Array;
}

/** Pictures and pages of inspections; nothing of them is kept. */
export abstract class InspectionDrawing {
  /** Of the upright picture, by its header. @throws AppError `image.unsupported_format`, `image.unreadable` */
  abstract sizeOf(image: Uint8Array): Promise<{ width: number; height: number }>;
  /** @throws AppError `overloaded` when too many wait, `image.unreadable` */
  abstract annotate(image: Uint8Array, record: InspectionRecord): Promise<Attachment>;
  /** One page, which loads nothing and runs nothing. @throws AppError as `annotate` */
  abstract report(image: Uint8Array, record: InspectionRecord, format: ReportFormat): Promise<Attachment>;
}
