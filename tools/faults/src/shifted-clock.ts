/**
 * Loaded before a service's own program (`--import`), it sets that process's wall clock wrong; monotonic clocks
 * and timers stay. `?offset=` in milliseconds, `&drift=` in milliseconds a second.
 */
const wrong = new URL(import.meta.url).searchParams;
const offsetMs = Number(wrong.get('offset') ?? 0);
const driftMs = Number(wrong.get('drift') ?? 0);
const TrueDate = Date;

const nowMs = (): number =>
  Math.round(TrueDate.now() + offsetMs + (driftMs * performance.now()) / 1_000);

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, words, created) =>
    Reflect.construct(target, words.length === 0 ? [nowMs()] : words, created),
  get: (target, name) => (name === 'now' ? nowMs : Reflect.get(target, name)),
});
