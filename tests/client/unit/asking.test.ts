import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ofTheSameText } from "../../../client-vscode/src/asking";

/** Each change of the text happens while the answer to the question before it is under way. */
async function asked(changes: number, cancelledAfter = Number.POSITIVE_INFINITY) {
  const document = { version: 1 };
  const token = { isCancellationRequested: false };
  let questions = 0;
  const answer = await ofTheSameText(document, token, async () => {
    const { version } = document;
    questions += 1;
    await new Promise((resolve) => setImmediate(resolve));
    document.version += questions <= changes ? 1 : 0;
    token.isCancellationRequested = questions >= cancelledAfter;
    return version;
  });
  return { answer, questions, now: document.version };
}

describe("an answer about a text", () => {
  it("is asked for once while the text stands still", async () => {
    assert.deepEqual(await asked(0), { answer: 1, questions: 1, now: 1 });
  });

  it("is about the text as it is now, however often that changed meanwhile", async () => {
    assert.deepEqual(await asked(3), { answer: 4, questions: 4, now: 4 });
  });

  it("is not asked for again when nobody waits for it any more", async () => {
    assert.deepEqual(await asked(3, 2), { answer: 2, questions: 2, now: 3 });
  });
});
