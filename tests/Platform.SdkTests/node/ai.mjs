// Vercel's `ai` library, with its providers of OpenAI and Anthropic.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embed, embedMany, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { assert, counting, failure, gateway, keys, misbehave, restore, run } from './harness.mjs';

const settings = (options) => ({ baseURL: `${gateway}/v1`, apiKey: keys.any, ...options });
const providers = {
  openai: (options = {}) => createOpenAI(settings(options)).chat('gpt-4o-mini'),
  // Its default: the responses, whose items it refers to by their ids from the second step on.
  responses: (options = {}) => createOpenAI(settings(options))('gpt-4o-mini'),
  anthropic: (options = {}) => createAnthropic(settings(options))('claude-haiku-4-5'),
};

/** The same cases for all providers. */
const casesOf = (name, model) => ({
  async [`${name}_text`]() {
    const { text, usage } = await generateText({ model: model(), prompt: 'hello' });
    assert.ok(text.length > 0 && usage.inputTokens > 0 && usage.outputTokens > 0);
  },
  async [`${name}_stream`]() {
    const { text } = await generateText({ model: model(), prompt: 'hello' });
    const stream = streamText({ model: model(), prompt: 'hello' });
    const pieces = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    assert.equal(pieces.join('').trim(), text.trim());
    assert.ok((await stream.usage).outputTokens > 10);
  },
  async [`${name}_tools`]() {
    const asked = [];
    const weather = tool({ inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => (asked.push(city), 'sunny') });
    const { steps, text } = await generateText({ model: model(), prompt: 'hello', tools: { weather }, stopWhen: stepCountIs(3) });
    assert.equal(steps.length, 2);
    assert.equal(asked.length, 1);
    assert.ok(text.length > 0);
  },
  async [`${name}_structured_output`]() {
    const schema = z.object({ name: z.string(), kind: z.enum(['a', 'b']) });
    const { output } = await generateText({ model: model(), prompt: 'hello', output: Output.object({ schema }) });
    assert.equal(output.kind, 'a');
  },
  async [`${name}_abort_of_a_stream`]() {
    await misbehave({ token_interval_ms: 20, output_tokens: 200 });
    const abort = new AbortController();
    let pieces = 0;
    const stream = streamText({ model: model(), prompt: 'hello', abortSignal: abort.signal, onError() {} });
    for await (const _ of stream.textStream) if (++pieces === 5) abort.abort();
    assert.ok(pieces >= 5 && pieces < 100);
  },
  async [`${name}_empty_wallet_is_not_retried`]() {
    const { statuses, fetch } = counting();
    const error = await failure(() => generateText({ model: model({ apiKey: keys.empty, fetch }), prompt: 'hello', maxRetries: 5 }));
    assert.ok(APICallError.isInstance(error), error);
    assert.deepEqual([error.statusCode, error.isRetryable], [402, false]);
    assert.match(error.message, /wallet/);
    assert.deepEqual(statuses, [402]);
  },
  async [`${name}_rate_limit_is_retried`]() {
    await misbehave({ status: 429, retry_after_s: 0 });
    const { statuses, fetch } = counting(restore);
    assert.ok((await generateText({ model: model({ fetch }), prompt: 'hello', maxRetries: 2 })).text);
    assert.deepEqual(statuses, [429, 200]);
  },
  async [`${name}_unknown_key_is_refused`]() {
    const error = await failure(() => generateText({ model: model({ apiKey: 'kt_live_nobody' }), prompt: 'hello', maxRetries: 5 }));
    assert.deepEqual([APICallError.isInstance(error), error.statusCode], [true, 401]);
  },
});

await run({
  ...casesOf('openai', providers.openai),
  ...casesOf('anthropic', providers.anthropic),
  ...casesOf('responses', providers.responses),
  async openai_embeddings() {
    const model = createOpenAI(settings({})).embedding('text-embedding-3-small');
    assert.equal((await embed({ model, value: 'hello' })).embedding.length, 1536);
    assert.equal((await embedMany({ model, values: ['a', 'b', 'c'] })).embeddings.length, 3);
  },
});
