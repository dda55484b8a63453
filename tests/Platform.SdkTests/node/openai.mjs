// The official `openai` library.
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { assert, counting, failure, gateway, keys, misbehave, png, restore, run } from './harness.mjs';

const client = (options = {}) => new OpenAI({ baseURL: `${gateway}/v1`, apiKey: keys.any, maxRetries: 0, ...options });
const hello = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };
const greeting = { model: 'gpt-4o-mini', input: 'hello' };
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false };

await run({
  async chat() {
    const { data, response } = await client().chat.completions.create(hello).withResponse();
    assert.ok(data.choices[0].message.content.length > 0);
    assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
    assert.equal(response.headers.get('x-kt-target'), 'openai/gpt-4o-mini');
    assert.match(response.headers.get('x-kt-cost'), /^0\.0000\d+$/);
  },
  async stream() {
    const plain = await client().chat.completions.create(hello);
    const pieces = [];
    for await (const chunk of await client().chat.completions.create({ ...hello, stream: true })) {
      assert.equal(chunk.usage ?? null, null);
      assert.equal(chunk.choices.length, 1);
      pieces.push(chunk.choices[0].delta.content ?? '');
    }
    assert.ok(pieces.length > 10);
    assert.equal(pieces.join(''), plain.choices[0].message.content);
  },
  async stream_with_usage() {
    const stream = client().chat.completions.stream({ ...hello, stream_options: { include_usage: true } });
    assert.ok((await stream.totalUsage()).completion_tokens > 10);
    assert.equal(await stream.finalContent(), (await client().chat.completions.create(hello)).choices[0].message.content);
  },
  async tools() {
    const asked = [];
    const tools = [{ type: 'function', function: { name: 'weather', description: 'of a city', parameters, parse: JSON.parse, function: ({ city }) => (asked.push(city), 'sunny') } }];
    const runner = client().chat.completions.runTools({ ...hello, tools });
    assert.ok((await runner.finalContent()).length > 0);
    assert.equal(asked.length, 1);
    assert.equal(typeof asked[0], 'string');
  },
  async tools_streamed() {
    const stream = client().chat.completions.stream({ ...hello, tools: [{ type: 'function', function: { name: 'weather', parameters } }] });
    const [call] = (await stream.finalMessage()).tool_calls;
    assert.equal(call.function.name, 'weather');
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
  },
  async structured_output() {
    const schema = z.object({ name: z.string(), tags: z.array(z.enum(['a', 'b'])), size: z.number() });
    const answer = await client().chat.completions.parse({ ...hello, response_format: zodResponseFormat(schema, 'thing') });
    assert.equal(answer.choices[0].message.parsed.tags[0], 'a');
  },
  async logprobs() {
    const answer = await client().chat.completions.create({ ...hello, max_tokens: 5, logprobs: true, top_logprobs: 2 });
    assert.equal(answer.choices[0].logprobs.content.length, 5);
    assert.equal(answer.choices[0].logprobs.content[0].top_logprobs.length, 2);
  },
  async image() {
    const content = [{ type: 'text', text: 'what is it?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}`, detail: 'high' } }];
    const answer = await client().chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] });
    assert.ok(answer.usage.prompt_tokens > 700);
  },
  async embeddings() {
    const one = await client().embeddings.create({ model: 'text-embedding-3-small', input: 'hello' });
    assert.equal(one.data[0].embedding.length, 1536);
    const many = await client().embeddings.create({ model: 'text-embedding-3-large', input: ['a', 'b'], dimensions: 8, encoding_format: 'float' });
    assert.deepEqual(many.data.map((item) => item.embedding.length), [8, 8]);
    const tokens = await client().embeddings.create({ model: 'text-embedding-3-small', input: [[1, 2, 3], [4]] });
    assert.equal(tokens.usage.total_tokens, 4);
  },
  async response() {
    const { data, response } = await client().responses.create({ ...greeting, instructions: 'be kind', store: false }).withResponse();
    assert.ok(data.output_text.length > 0);
    assert.equal(data.usage.total_tokens, data.usage.input_tokens + data.usage.output_tokens);
    assert.equal(response.headers.get('x-kt-target'), 'openai/gpt-4o-mini');
    assert.match(response.headers.get('x-kt-cost'), /^0\.0000\d+$/);
  },
  async response_streamed() {
    const plain = await client().responses.create(greeting);
    const types = [];
    let text = '';
    let usage;
    for await (const event of await client().responses.create({ ...greeting, stream: true })) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
      if (event.type === 'response.completed') usage = event.response.usage;
    }
    assert.deepEqual([types[0], types.at(-1), text], ['response.created', 'response.completed', plain.output_text]);
    assert.deepEqual(usage, plain.usage);
  },
  async response_with_tools() {
    const tools = [{ type: 'function', name: 'weather', description: 'of a city', parameters, strict: true }];
    const input = [{ role: 'user', content: 'hello' }];
    const called = await client().responses.create({ ...greeting, input, tools, store: false });
    const [call] = called.output;
    assert.equal(typeof JSON.parse(call.arguments).city, 'string');
    const answered = await client().responses.create({ ...greeting, input: [...input, ...called.output, { type: 'function_call_output', call_id: call.call_id, output: 'sunny' }], tools, store: false });
    assert.ok(answered.output_text.length > 0);
    const stream = client().responses.stream({ ...greeting, tools });
    assert.equal((await stream.finalResponse()).output[0].name, 'weather');
  },
  async response_with_structured_output() {
    const schema = z.object({ name: z.string(), tags: z.array(z.enum(['a', 'b'])), size: z.number() });
    const answer = await client().responses.parse({ ...greeting, text: { format: zodTextFormat(schema, 'thing') } });
    assert.equal(answer.output_parsed.tags[0], 'a');
  },
  async response_with_an_image() {
    const content = [{ type: 'input_text', text: 'what is it?' }, { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'high' }];
    const answer = await client().responses.create({ model: 'gpt-4o', input: [{ role: 'user', content }] });
    assert.ok(answer.usage.input_tokens > 700);
  },
  async response_goes_on_from_another_where_the_context_window_is_known() {
    const first = await client().responses.create(greeting);
    const next = await client().responses.create({ ...greeting, previous_response_id: first.id });
    assert.equal(next.usage.input_tokens, 2 * first.usage.input_tokens + first.usage.output_tokens);
    const error = await failure(() => client().responses.create({ ...greeting, model: 'gpt-4o', previous_response_id: first.id }));
    assert.ok(error instanceof OpenAI.BadRequestError, error);
    assert.deepEqual([error.code, error.param], ['CONTENT_UNBOUNDED', 'input']);
  },
  async response_is_not_read_again() {
    const { id } = await client().responses.create(greeting);
    for (const ask of [() => client().responses.retrieve(id), () => client().responses.delete(id), () => client().responses.inputTokens.count(greeting)]) {
      const error = await failure(ask);
      assert.ok(error instanceof OpenAI.NotFoundError, error);
      assert.equal(error.code, 'route_not_served');
    }
  },
  async response_with_a_tool_of_the_provider_is_a_bad_request() {
    const error = await failure(() => client().responses.create({ ...greeting, tools: [{ type: 'web_search' }] }));
    assert.ok(error instanceof OpenAI.BadRequestError, error);
    assert.match(error.message, /'web_search'/);
    assert.equal(error.code, 'CONTENT_UNBOUNDED');
  },
  async response_that_the_wallet_cannot_pay_is_not_retried() {
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ apiKey: keys.empty, maxRetries: 5, fetch }).responses.create({ ...greeting, stream: true }));
    assert.deepEqual([error.status, error.code, statuses.length], [402, 'wallet_exhausted', 1]);
  },
  async response_that_fails_in_its_middle_ends_with_its_error() {
    await misbehave({ cut_after_tokens: 5, cut_by: 'error' });
    const types = [];
    for await (const event of await client().responses.create({ ...greeting, stream: true })) types.push(event.type);
    assert.deepEqual(types.slice(-2), ['response.output_text.delta', 'error']);
  },
  async models() {
    const models = [];
    for await (const model of client().models.list()) models.push(model.id);
    assert.ok(models.includes('gpt-4o-mini') && models.includes('text-embedding-3-small'));
    assert.equal((await client().models.retrieve('gpt-4o')).owned_by, 'openai');
    assert.ok((await failure(() => client({ apiKey: keys.narrow }).models.retrieve('gpt-4o'))) instanceof OpenAI.NotFoundError);
  },
  async abort_of_a_stream() {
    await misbehave({ token_interval_ms: 20, output_tokens: 200 });
    const stream = await client().chat.completions.create({ ...hello, stream: true });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 5) stream.controller.abort();
    assert.ok(chunks >= 5 && chunks < 100);
  },
  async unknown_key_is_an_authentication_error() {
    const error = await failure(() => client({ apiKey: 'kt_live_nobody' }).chat.completions.create(hello));
    assert.ok(error instanceof OpenAI.AuthenticationError, error);
    assert.equal(error.code, 'invalid_api_key');
  },
  async empty_wallet_is_an_error_that_is_not_retried() {
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ apiKey: keys.empty, maxRetries: 5, fetch }).chat.completions.create(hello));
    assert.ok(error instanceof OpenAI.APIError, error);
    assert.deepEqual([error.status, error.code, error.type], [402, 'wallet_exhausted', 'insufficient_quota']);
    assert.deepEqual(statuses, [402]);
  },
  async empty_wallet_ends_a_stream_before_it_begins() {
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ apiKey: keys.empty, maxRetries: 5, fetch }).chat.completions.create({ ...hello, stream: true }));
    assert.equal(error.status, 402);
    assert.deepEqual(statuses, [402]);
  },
  async forbidden_model_is_a_permission_error() {
    const error = await failure(() => client({ apiKey: keys.narrow }).chat.completions.create({ ...hello, model: 'gpt-4o' }));
    assert.ok(error instanceof OpenAI.PermissionDeniedError, error);
    assert.equal(error.code, 'model_not_allowed');
  },
  async unknown_model_is_a_not_found_error() {
    const error = await failure(() => client().chat.completions.create({ ...hello, model: 'gpt-0' }));
    assert.ok(error instanceof OpenAI.NotFoundError, error);
    assert.equal(error.code, 'model_not_found');
  },
  async content_without_a_bound_is_a_bad_request() {
    const content = [{ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }];
    const error = await failure(() => client().chat.completions.create({ ...hello, messages: [{ role: 'user', content }] }));
    assert.ok(error instanceof OpenAI.BadRequestError, error);
    assert.equal(error.code, 'CONTENT_UNBOUNDED');
  },
  async model_of_another_route_is_a_bad_request() {
    const error = await failure(() => client().embeddings.create({ model: 'gpt-4o-mini', input: 'a' }));
    assert.ok(error instanceof OpenAI.BadRequestError, error);
    assert.equal(error.code, 'SHAPE_UNSUPPORTED');
  },
  async rate_limit_is_its_own_error() {
    await misbehave({ status: 429, retry_after_s: 0 });
    const error = await failure(() => client().chat.completions.create(hello));
    assert.ok(error instanceof OpenAI.RateLimitError, error);
    assert.equal(error.code, 'rate_limit_exceeded');
  },
  async rate_limit_is_retried() {
    await misbehave({ status: 429, retry_after_s: 0 });
    const { statuses, fetch } = counting(restore);
    assert.ok((await client({ maxRetries: 2, fetch }).chat.completions.create(hello)).usage);
    assert.deepEqual(statuses, [429, 200]);
  },
  async provider_down_is_a_server_error() {
    await misbehave({ status: 500 });
    const error = await failure(() => client().chat.completions.create(hello));
    assert.ok(error instanceof OpenAI.InternalServerError, error);
  },
  async failure_that_may_be_billed_is_not_retried() {
    await misbehave({ cut_after_tokens: 1, cut_by: 'reset' });
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ maxRetries: 5, fetch }).chat.completions.create(hello));
    assert.ok(error instanceof OpenAI.InternalServerError, error);
    assert.ok(error.requestID, 'it has no id to quote');
    assert.deepEqual(statuses, [502]);
  },
  async stream_that_is_cut_fails_rather_than_looking_whole() {
    await misbehave({ cut_after_tokens: 5 });
    const error = await failure(async () => {
      for await (const _ of await client().chat.completions.create({ ...hello, stream: true })) { /* until it breaks */ }
    });
    assert.ok(error);
  },
});
