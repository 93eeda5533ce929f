import { type ParkedLine, parkedLines, readParkedName } from './parked.ts';

it('names what is parked so that it can be given back', () => {
  const line: ParkedLine = {
    service: 'billing',
    ...{ globalSeq: 42, stream: 'worker-w1', type: 'WorkerExited' },
    ...{ cause: 'no price list', parkedAt: '2026-11-27T10:00:00.000Z' },
  };
  const [head, row] = parkedLines([line]);
  expect(head).toMatch(/^PARKED\s+TYPE\s+STREAM\s+SINCE\s+WHY$/);
  expect(row).toMatch(
    /^billing:42\s+WorkerExited\s+worker-w1\s+2026-11-27T10:00:00.000Z\s+no price list$/,
  );
  expect(readParkedName('billing:42')).toEqual({ service: 'billing', globalSeq: 42 });
  expect(parkedLines([])).toEqual(['Nothing is parked: every service has taken every event.']);
});

it.each(['42', 'billing', 'billing:0', 'gateway:42', 'billing:4x'])('refuses %s', (text) => {
  expect(() => readParkedName(text)).toThrow('take it from the first column');
});
