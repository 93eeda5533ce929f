import { whenThere } from './when-there.ts';

/** Fails so often with this, then answers. */
const failing = (times: number, error: Error) => {
  let left = times;
  return async (): Promise<string> => {
    left -= 1;
    if (left >= 0) throw error;
    return 'there';
  };
};
const starting = Object.assign(new Error('the database system is starting up'), { code: '57P03' });
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it.each([starting, refused])('waits for who is away: $message', async (error) => {
  const away: unknown[] = [];
  expect(await whenThere(failing(2, error), (each) => away.push(each))).toBe('there');
  expect(away).toEqual([error, error]);
});

it('does not wait for what does not pass', async () => {
  const wrong = Object.assign(new Error('syntax error'), { code: '42601' });
  await expect(whenThere(failing(1, wrong), () => undefined)).rejects.toBe(wrong);
});
