/**
 * Asking about a text that may change while the answer is under way.
 * In: a document and a question. Out: an answer about the text as it is now. Must not know VS Code.
 */

/**
 * Asks again until the text was the same before and after. VS Code (1.139) shows hints that were under way while a line
 * was broken as if they were for the new text: every hint below jumps up by a line, and back.
 */
export async function ofTheSameText<T>(
  document: { readonly version: number },
  token: { readonly isCancellationRequested: boolean },
  ask: () => T,
): Promise<Awaited<T>> {
  for (;;) {
    const { version } = document;
    const answer = await ask();
    if (document.version === version || token.isCancellationRequested) {
      return answer;
    }
  }
}
