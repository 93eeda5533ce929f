import { SteadyClock } from './steady-clock.ts';

const minuteMs = 60_000;
const noonMs = Date.parse('2026-11-25T12:00:00.000Z');

/** A clock that is moved by `passes` and, without time passing, by `isSet`. */
function worldOf() {
  let [wallMs, monotonicMs] = [noonMs, 5_000];
  const clock = new SteadyClock(
    () => new Date(wallMs),
    () => monotonicMs,
  );
  return {
    clock,
    passes: (minutes: number) => {
      wallMs += minutes * minuteMs;
      monotonicMs += minutes * minuteMs;
    },
    isSet: (minutes: number) => {
      wallMs += minutes * minuteMs;
    },
    /** Minutes after noon. */
    look: (...things: string[]) =>
      [...clock.look(things)].map(([thing, at]) => [thing, (Date.parse(at) - noonMs) / minuteMs]),
  };
}

it('is the clock while nobody sets it', () => {
  const { clock, passes, look } = worldOf();
  expect(look('a')).toEqual([['a', 0]]);
  passes(7);
  expect(look('a')).toEqual([['a', 7]]);
  expect(clock.at()).toBe('2026-11-25T12:07:00.000Z');
});

it.each([
  ['forward', 180],
  ['back', -180],
])('goes on when the clock is set %s', (_where, minutes) => {
  const { passes, isSet, look } = worldOf();
  look('a');
  passes(1);
  isSet(minutes);
  passes(1);
  expect(look('a')).toEqual([['a', 2]]);
});

it('takes the clock as it is for what it has not seen, or not lately', () => {
  const { isSet, look } = worldOf();
  look('a');
  isSet(180);
  expect(look('a', 'b')).toEqual([
    ['a', 0],
    ['b', 180],
  ]);
  look('b');
  expect(look('a')).toEqual([['a', 180]]);
});
