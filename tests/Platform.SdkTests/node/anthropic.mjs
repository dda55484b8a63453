// The official `@anthropic-ai/sdk` library.
import Anthropic from '@anthropic-ai/sdk';
import { assert, counting, failure, gateway, keys, misbehave, png, restore, run } from './harness.mjs';

const client = (options = {}) => new Anthropic({ baseURL: gateway, apiKey: keys.any, maxRetries: 0, ...options });
const hello = { model: 'claude-haiku-4-5', max_tokens: 300, messages: [{ role: 'user', content: 'hello' }] };
const weather = { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };

/** The type that Anthropic documents for an error, and the gateway's own code. */
const kind = (error) => [error.status, error.error?.error?.type, error.error?.error?.code];

await run({
  async message() {
    const { data, response } = await client().messages.create(hello).withResponse();
    assert.equal(data.content[0].type, 'text');
    assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
    assert.equal(response.headers.get('x-kt-target'), 'anthropic/claude-haiku-4-5');
    assert.match(response.headers.get('x-kt-cost'), /^0\.000\d+$/);
  },
  async count_of_tokens() {
    const { messages, tools } = { ...hello, tools: [weather] };
    const count = await client().messages.countTokens({ model: hello.model, messages, tools });
    const message = await client().messages.create({ ...hello, tools });
    assert.equal(count.input_tokens, message.usage.input_tokens);
    const error = await failure(() => client().messages.countTokens({ model: 'claude-nobody', messages }));
    assert.ok(error instanceof Anthropic.NotFoundError);
    assert.deepEqual(kind(error), [404, 'not_found_error', 'model_not_found']);
  },
  async stream() {
    const plain = await client().messages.create(hello);
    const stream = client().messages.stream(hello);
    let pieces = 0;
    stream.on('text', () => pieces++);
    const message = await stream.finalMessage();
    assert.ok(pieces > 10);
    assert.deepEqual([message.content, message.usage.output_tokens], [plain.content, plain.usage.output_tokens]);
  },
  async bearer_token() {
    const message = await client({ apiKey: null, authToken: keys.any }).messages.create(hello);
    assert.equal(message.type, 'message');
  },
  async tools() {
    const first = await client().messages.create({ ...hello, tools: [weather] });
    const use = first.content.find((block) => block.type === 'tool_use');
    assert.equal(first.stop_reason, 'tool_use');
    assert.equal(typeof use.input.city, 'string');
    const results = [{ type: 'tool_result', tool_use_id: use.id, content: [{ type: 'text', text: 'sunny' }] }];
    const second = await client().messages.create({
      ...hello, tools: [weather], messages: [...hello.messages, { role: 'assistant', content: first.content }, { role: 'user', content: results }],
    });
    assert.equal(second.stop_reason, 'end_turn');
  },
  async tool_runner_of_the_beta() {
    const asked = [];
    const tool = { ...weather, type: 'custom', parse: (input) => input, run: async ({ city }) => (asked.push(city), 'sunny') };
    const message = await client().beta.messages.toolRunner({ ...hello, tools: [tool] });
    assert.equal(message.stop_reason, 'end_turn');
    assert.equal(asked.length, 1);
  },
  async tools_streamed() {
    const message = await client().messages.stream({ ...hello, tools: [weather], tool_choice: { type: 'tool', name: 'weather' } }).finalMessage();
    assert.equal(typeof message.content[0].input.city, 'string');
  },
  async structured_output() {
    const schema = { type: 'object', properties: { size: { type: 'integer', minimum: 3 } }, required: ['size'], additionalProperties: false };
    const message = await client().messages.create({ ...hello, output_config: { format: { type: 'json_schema', schema } } });
    assert.equal(JSON.parse(message.content[0].text).size, 3);
  },
  async image() {
    const content = [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }, { type: 'text', text: 'what is it?' }];
    const message = await client().messages.create({ ...hello, messages: [{ role: 'user', content }] });
    assert.ok(message.usage.input_tokens > 1500);
  },
  async prompt_caching() {
    const system = [{ type: 'text', text: 'Be brief. '.repeat(50), cache_control: { type: 'ephemeral', ttl: '1h' } }];
    const written = await client().messages.create({ ...hello, system });
    assert.ok(written.usage.cache_creation.ephemeral_1h_input_tokens > 100);
    await misbehave({ cached_tokens: 100 });
    const read = await client().messages.create({ ...hello, system });
    assert.equal(read.usage.cache_read_input_tokens, 100);
  },
  async models() {
    const models = [];
    for await (const model of client().models.list()) models.push(model.id);
    assert.ok(models.includes('claude-haiku-4-5') && !models.includes('gpt-4o-mini'));
    assert.equal((await client().models.retrieve('claude-haiku-4-5')).id, 'claude-haiku-4-5');
    assert.ok((await failure(() => client().models.retrieve('gpt-4o'))) instanceof Anthropic.NotFoundError);
  },
  async abort_of_a_stream() {
    await misbehave({ token_interval_ms: 20, output_tokens: 200 });
    const stream = await client().messages.create({ ...hello, stream: true });
    let events = 0;
    for await (const _ of stream) if (++events === 8) stream.controller.abort();
    assert.ok(events >= 8 && events < 100);
  },
  async unknown_key_is_an_authentication_error() {
    const error = await failure(() => client({ apiKey: 'kt_live_nobody' }).messages.create(hello));
    assert.ok(error instanceof Anthropic.AuthenticationError, error);
    assert.deepEqual(kind(error), [401, 'authentication_error', 'invalid_api_key']);
  },
  async empty_wallet_is_an_error_that_is_not_retried() {
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ apiKey: keys.empty, maxRetries: 5, fetch }).messages.create(hello));
    assert.ok(error instanceof Anthropic.APIError, error);
    assert.deepEqual(kind(error), [402, 'billing_error', 'wallet_exhausted']);
    assert.deepEqual(statuses, [402]);
  },
  async forbidden_model_is_a_permission_error() {
    const error = await failure(() => client({ apiKey: keys.narrow }).messages.create(hello));
    assert.ok(error instanceof Anthropic.PermissionDeniedError, error);
    assert.deepEqual(kind(error), [403, 'permission_error', 'model_not_allowed']);
  },
  async unknown_model_is_a_not_found_error() {
    const error = await failure(() => client().messages.create({ ...hello, model: 'claude-0' }));
    assert.ok(error instanceof Anthropic.NotFoundError, error);
    assert.deepEqual(kind(error), [404, 'not_found_error', 'model_not_found']);
  },
  async tool_that_is_billed_apart_is_a_bad_request() {
    const error = await failure(() => client().messages.create({ ...hello, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }));
    assert.ok(error instanceof Anthropic.BadRequestError, error);
    assert.deepEqual(kind(error), [400, 'invalid_request_error', 'CONTENT_UNBOUNDED']);
  },
  async request_too_large_is_its_own_error() {
    const error = await failure(() => client().messages.create({ ...hello, messages: [{ role: 'user', content: 'x'.repeat(11 * 1024 * 1024) }] }));
    assert.deepEqual(kind(error), [413, 'request_too_large', 'INVALID_ARGUMENT']);
  },
  async rate_limit_is_its_own_error() {
    await misbehave({ status: 429, retry_after_s: 0 });
    const error = await failure(() => client().messages.create(hello));
    assert.ok(error instanceof Anthropic.RateLimitError, error);
    assert.equal(error.error.error.type, 'rate_limit_error');
  },
  async rate_limit_is_retried() {
    await misbehave({ status: 429, retry_after_s: 0 });
    const { statuses, fetch } = counting(restore);
    assert.ok((await client({ maxRetries: 2, fetch }).messages.create(hello)).usage);
    assert.deepEqual(statuses, [429, 200]);
  },
  async overloaded_provider_is_a_server_error() {
    await misbehave({ status: 529 });
    const error = await failure(() => client().messages.create(hello));
    assert.ok(error instanceof Anthropic.InternalServerError, error);
    assert.deepEqual([error.status, error.error.error.type], [529, 'overloaded_error']);
  },
  async failure_that_may_be_billed_is_not_retried() {
    await misbehave({ cut_after_tokens: 1, cut_by: 'reset' });
    const { statuses, fetch } = counting();
    const error = await failure(() => client({ maxRetries: 5, fetch }).messages.create(hello));
    assert.ok(error instanceof Anthropic.InternalServerError, error);
    assert.ok(error.requestID, 'it has no id to quote');
    assert.deepEqual(statuses, [502]);
  },
  async error_within_a_stream_is_raised() {
    await misbehave({ cut_after_tokens: 5, cut_by: 'error' });
    const error = await failure(() => client().messages.stream(hello).finalMessage());
    assert.ok(error instanceof Anthropic.APIError, error);
  },
});
