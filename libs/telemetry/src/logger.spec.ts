import { pino } from 'pino';
import { loggerOptions } from './logger.ts';

it('masks what AWS calls sensitive, down to four levels', () => {
  const lines: string[] = [];
  const log = pino(loggerOptions('gateway'), { write: (line) => lines.push(line) });
  log.info(
    { input: { jobDriver: { sparkSubmit: { entryPoint: 's3://b/secret.py' } } } },
    'submitted',
  );
  log.info({ credentials: { secretAccessKey: 'hunter2' } }, 'issued');
  expect(lines.join('')).not.toMatch(/secret\.py|hunter2/);
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
    service: 'gateway',
    input: { jobDriver: { sparkSubmit: { entryPoint: '***' } } },
  });
});
