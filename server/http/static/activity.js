// What the daemon is asked: again and again what it does, and now and then to do something.

const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;

export const rights = new Set(meta("corncob-rights").split(" ").filter(Boolean));
const xsrf = meta("corncob-xsrf");

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const ANSWER_MS = 15000;

/// The answer's JSON, or null where it has none. Throws Refused, or what fetch throws when nobody answers.
export async function ask(method, path) {
  const headers = xsrf ? { "X-XSRFToken": xsrf } : {};
  const answer = await fetch(path, { method, headers, cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  let message = answer.statusText;
  try {
    message = JSON.parse(text).message;
  } catch {
    // it was no answer of the daemon's own
  }
  throw new Refused(answer.status, message);
}

const EVERY_MS = 2000;
const SLOWEST_MS = 15000;
const HIDDEN_MS = 30000; // a page that nobody sees
const LOST_MS = 1000; // after the first failure; twice as long after each further one
const LOST_MAX_MS = 30000;
const SHARE = 10; // an answer that takes long is asked for so much less often

/// Calls `take` with each answer, or `lose` with the error and the time to the next attempt, until the page is left.
/// The first answer, and one after a failure, has a history of what the page has not seen.
export async function follow(path, take, lose) {
  let failures = 0;
  let known = false;
  for (;;) {
    const began = performance.now();
    let pause;
    try {
      take(await ask("GET", known ? path : `${path}?history`));
      known = true;
      failures = 0;
      pause = Math.min(SLOWEST_MS, Math.max(EVERY_MS, SHARE * (performance.now() - began)));
    } catch (error) {
      known = false;
      pause = Math.min(LOST_MAX_MS, LOST_MS * 2 ** failures);
      ++failures;
      lose(error, pause);
    }
    if (document.visibilityState === "hidden") pause = Math.max(pause, HIDDEN_MS);
    await sleep(pause);
  }
}

let wakeUp = () => {};
function sleep(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wakeUp = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/// The next question is asked at once.
export const hurry = () => wakeUp();
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());

const WINDOW_S = 10; // over which a kernel's rate is taken
const LEAST_S = 1.5; // over which that of all is: answers that follow each other at once would make peaks of nothing

/// Rates, from counters that only grow as long as their kernel lives.
export class Rates {
  #seen = new Map(); // key of a kernel -> [{at, messages, cells}], the oldest first
  #since = null; // when the rates of all were given last
  #sum = { messages: 0, cells: 0 }; // since then

  /// Adds `rate` to each kernel, in messages a second; gives those of all together, or null where it is too early.
  update(at, kernels) {
    const first = this.#since === null;
    const sum = this.#sum;
    const seen = new Map();
    for (const kernel of kernels) {
      const now = { at, messages: kernel.messages.received + kernel.messages.sent, cells: kernel.cells.done };
      const history = this.#seen.get(kernel.key) ?? [];
      const before = history.at(-1) ?? { messages: 0, cells: 0 }; // one that is new has begun with nothing
      sum.messages += Math.max(0, now.messages - before.messages);
      sum.cells += Math.max(0, now.cells - before.cells);
      history.push(now);
      while (history.length > 2 && history[1].at <= at - WINDOW_S) history.shift();
      const span = at - history[0].at;
      kernel.rate = span > 0 ? Math.max(0, now.messages - history[0].messages) / span : 0;
      seen.set(kernel.key, history);
    }
    this.#seen = seen;
    const seconds = at - this.#since;
    if (!first && seconds < LEAST_S) return null;
    this.#since = at;
    this.#sum = { messages: 0, cells: 0 };
    return first ? null : { messages: sum.messages / seconds, cells: sum.cells / seconds };
  }
}
