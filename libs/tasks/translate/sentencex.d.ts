/** sentencex 1.0 (Wikimedia; rules per language, compiled from Rust) ships no types. */
declare module 'sentencex' {
  /** Sentences of `text` with the white space that follows each; joined they are the text. */
  export function segment(language: string, text: string): string[];
}
