/** A repository that cannot be served: one line that says why, and what to do where something can be done. */
export class UnsupportedModelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedModelError';
  }
}
