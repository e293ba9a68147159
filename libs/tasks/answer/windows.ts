/** One run of the reader: `[CLS] question [SEP] part of a context [SEP]`. */
export interface Window {
  contextIndex: number;
  inputIds: Int32Array;
  tokenTypeIds: Int32Array;
  /** Position in `inputIds` of the part's first token. */
  contextStart: number;
  /** Token of the context that stands there. */
  firstToken: number;
  tokenCount: number;
}

export interface WindowSpec {
  maxTokens: number;
  /** Tokens that neighbouring windows share, so that an answer at a seam is whole in one of them. */
  stride: number;
  /** The rest of a longer question is not read. */
  maxQuestionTokens: number;
  clsTokenId: number;
  sepTokenId: number;
}

/** Cuts the contexts into overlapping windows that each hold the whole question. */
export function cutWindows(
  question: Int32Array,
  contexts: readonly { ids: Int32Array }[],
  spec: WindowSpec,
): Window[] {
  const asked = question.subarray(0, spec.maxQuestionTokens);
  const room = spec.maxTokens - asked.length - 3;
  const step = Math.max(1, room - spec.stride);
  return contexts.flatMap(({ ids }, contextIndex) => {
    const windows: Window[] = [];
    for (let first = 0; first < ids.length; first += step) {
      windows.push(makeWindow(asked, ids, contextIndex, first, Math.min(room, ids.length - first), spec));
      if (first + room >= ids.length) break;
    }
    return windows;
  });
}

function makeWindow(
  asked: Int32Array,
  ids: Int32Array,
  contextIndex: number,
  firstToken: number,
  tokenCount: number,
  { clsTokenId, sepTokenId }: WindowSpec,
): Window {
  const contextStart = asked.length + 2;
  const inputIds = new Int32Array(contextStart + tokenCount + 1);
  inputIds[0] = clsTokenId;
  inputIds.set(asked, 1);
  inputIds[contextStart - 1] = sepTokenId;
  inputIds.set(ids.subarray(firstToken, firstToken + tokenCount), contextStart);
  inputIds[contextStart + tokenCount] = sepTokenId;
  const tokenTypeIds = new Int32Array(inputIds.length).fill(1, contextStart);
  return { contextIndex, inputIds, tokenTypeIds, contextStart, firstToken, tokenCount };
}
