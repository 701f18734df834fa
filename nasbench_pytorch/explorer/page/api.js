/** Questions to the server. A refusal becomes an Error whose message is the server's sentence. */

async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("the server does not answer; start `nasbench explore` again and reload this page");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Error(body.error ?? `the server answers ${response.status} to ${path}`);
}

export async function getJson(path, signal) {
  return (await answer(path, { signal })).json();
}

export async function getBytes(path, signal) {
  return (await answer(path, { signal })).arrayBuffer();
}

export async function post(path, body, signal) {
  return answer(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
    signal,
  });
}

/** Columns of the table, each fetched once. */
export class Columns {
  /** @param {{columns: any[]}} facts */
  constructor({ columns }) {
    this.facts = new Map(columns.map((column) => [column.name, column]));
    this.fetched = new Map();
  }

  /** @returns {Promise<import("./scales.js").Column>} */
  async get(name) {
    if (!this.fetched.has(name)) this.fetched.set(name, this.fetch(name));
    try {
      return await this.fetched.get(name);
    } catch (error) {
      this.fetched.delete(name);
      throw error;
    }
  }

  async fetch(name) {
    const facts = this.facts.get(name);
    const bytes = await getBytes(`/api/columns/${encodeURIComponent(name)}`);
    return { ...facts, values: facts.dtype === "uint8" ? new Uint8Array(bytes) : new Float32Array(bytes) };
  }
}

/** Return a function that runs one question at a time: a newer one stops the older, whose answer is dropped. */
export function latest(ask) {
  let running = null;
  return async (...given) => {
    running?.abort();
    const own = (running = new AbortController());
    try {
      const result = await ask(own.signal, ...given);
      return own.signal.aborted ? undefined : result;
    } catch (error) {
      if (own.signal.aborted) return undefined;
      throw error;
    }
  };
}
