/** The package's own types import each other without extensions, which Node's module resolution does not find. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    /** Parsed `tokenizer.json` and `tokenizer_config.json`. */
    constructor(tokenizer: object, config: object);
    encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
    decode(ids: number[], options?: { skip_special_tokens?: boolean }): string;
    token_to_id(token: string): number | undefined;
    id_to_token(id: number): string | undefined;
  }
}
