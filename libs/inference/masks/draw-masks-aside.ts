import { onImageThread } from '../images/image-threads.js';
import type { DrawnMasks, MaskOrder } from './draw-masks.js';

/**
 * Draws as `drawMasks` does, on the threads that decode images: the event loop stays free.
 *
 * @throws AppError as `drawMasks` does; `request.cancelled`; `overloaded` when too many wait
 */
export function drawMasksAside(order: MaskOrder, signal: AbortSignal): Promise<DrawnMasks> {
  return onImageThread<DrawnMasks>('masks/draw-masks.thread', order, signal);
}
