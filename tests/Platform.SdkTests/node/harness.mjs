// Runs named cases one after another and prints a line of JSON for each; what follows the last line is for people.
import assert from 'node:assert/strict';

const caseLimitMs = 30_000;

export { assert };

/** Where things are, and the keys: `any` may ask for everything, `empty` has no money, `narrow` may ask for gpt-4o-mini only. */
export const gateway = process.env.GATEWAY_URL;
export const keys = { any: process.env.ANY_KEY, empty: process.env.EMPTY_KEY, narrow: process.env.NARROW_KEY };

/** A pixel as a PNG. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Makes the provider misbehave until `restore`. */
export async function misbehave(fault) {
  const response = await fetch(`${process.env.SIMULATOR_URL}/admin/faults`, { method: 'POST', body: JSON.stringify(fault) });
  assert.equal(response.status, 204, await response.text());
}

export const restore = () => fetch(`${process.env.SIMULATOR_URL}/admin/faults`, { method: 'DELETE' });

/** A fetch that remembers the status of each request that the library really made, and may do something after one. */
export function counting(after = async () => {}) {
  const statuses = [];
  const counted = async (...request) => {
    const response = await fetch(...request);
    statuses.push(response.status);
    await after(response);
    return response;
  };
  return { statuses, fetch: counted };
}

/** The error that something ends with. */
export async function failure(action) {
  try {
    await action();
  } catch (error) {
    return error;
  }
  assert.fail('it did not fail');
}

export async function run(cases) {
  for (const [name, action] of Object.entries(cases)) {
    let timer;
    const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('took too long')), caseLimitMs); });
    try {
      await Promise.race([action(), limit]);
      console.log(JSON.stringify({ case: name }));
    } catch (error) {
      console.log(JSON.stringify({ case: name, error: error?.stack ?? String(error) }));
    } finally {
      clearTimeout(timer);
      await restore();
    }
  }
  // Connections that a library keeps open would keep the process.
  process.exit(0);
}
