import { type Command, InvalidArgumentError } from 'commander';
import type { PullRequest } from '../hub/pull-model.js';

interface PullFlags extends Omit<PullRequest, 'languageTokens'> {
  sourceToken?: string;
  targetToken?: string;
}

/** `inferway models pull`. */
export function registerPull(models: Command): void {
  models
    .command('pull <repository>')
    .description(
      'Fetch a model in the Optimum layout from the Hugging Face hub: hf:<owner>/<name>[@revision]',
    )
    .option('--name <name>', 'name of the model here; by default made from the repository')
    .option(
      '--task <task>',
      'translate, embed, answer or classify-image; by default what the repository says',
    )
    .option('--source <language>', 'translate: primary tag of the source language, as en')
    .option('--target <language>', 'translate: primary tag of the target language')
    .option(
      '--source-token <token>',
      "multilingual models: the tokenizer's token for the source, as eng_Latn",
    )
    .option('--target-token <token>', "multilingual models: the tokenizer's token for the target")
    .option('--prefix <text>', 'translate: text put before every source text, as T5 wants it')
    .option(
      '--variant <suffix>',
      'graph files for the CPU, as quantized or int8; by default those without suffix',
    )
    .option('--cuda-variant <suffix>', 'graph files for CUDA, as fp16; by default those without suffix')
    .option('--max-batch <rows>', 'most rows of one run', wholeNumber)
    .option('--prefer', 'serve with it where an installed model could serve as well')
    .action(async (repository: string, { sourceToken, targetToken, ...flags }: PullFlags) => {
      const languageTokens = { source: sourceToken, target: targetToken };
      const { pullAndTell } = await import('../hub/pull.action.js');
      await pullAndTell(repository, { ...flags, languageTokens });
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 1 to 9999');
}
