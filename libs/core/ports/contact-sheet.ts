import type { Box } from '../video/match-boxes.js';
import type { Attachment } from './inspection-drawing.js';

/** A frame on a contact sheet. */
export interface ContactSheetFrame {
  timeS: number;
  /** JPEG. */
  image: Uint8Array;
  /** Boxes in pixels of the image, each with the id of its track. */
  objects: readonly { track: number; label: string; box: Box }[];
}

/** One picture of many frames. */
export abstract class ContactSheet {
  /** @throws AppError `overloaded` when too many wait */
  abstract draw(frames: readonly ContactSheetFrame[]): Promise<Attachment>;
}
