import { boundsOf, type PixelBox } from '../images/image-view.js';
import { certain, ScoreField, type Field, type Look } from './score-field.js';

/** One field of all looks; none where nothing was looked at. @param looks of one segmenter, at parts of one image */
export function joinFields(looks: readonly Look[]): Field | undefined {
  const [first, ...others] = looks.map((look) => new ScoreField(look));
  return first === undefined || others.length === 0 ? first : new JointField([first, ...others]);
}

/** Where looks overlap, the one counts that is surest of something; what none was at is ground. */
class JointField implements Field {
  readonly part: PixelBox;
  readonly labels: number;
  readonly #fields: readonly Field[];
  readonly #row: Int32Array;

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.labels = Math.max(...fields.map(({ labels }) => labels));
    this.part = boundsOf(fields.map(({ part }) => part));
    this.#row = new Int32Array(this.part.width);
  }

  row(label: number, y: number, values: Int32Array): void {
    const surer = label === 0 ? Math.min : Math.max;
    values.fill(label === 0 ? certain : 0);
    for (const field of this.#fields) {
      const { x, y: top, width, height } = field.part;
      if (y < top || y >= top + height) continue;
      field.row(label, y, this.#row);
      const offset = x - this.part.x;
      for (let at = 0; at < width; at++)
        values[offset + at] = surer(values[offset + at] ?? 0, this.#row[at] ?? 0);
    }
  }
}
