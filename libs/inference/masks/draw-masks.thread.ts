import { failureOf } from '../images/thread-failure.js';
import { drawMasks, type MaskOrder } from './draw-masks.js';

/** What the image threads run to draw masks. @returns `DrawnMasks`, or a `ThreadFailure` */
export default async function draw(order: MaskOrder): Promise<unknown> {
  return drawMasks(order).catch(failureOf);
}
