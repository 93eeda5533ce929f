import { openSimulatedDatabase } from './services/database.ts';
import { playSideBySide } from './side-by-side.ts';
import { simulate } from './simulate.ts';

describe('simulated seeds', () => {
  it('show nothing that must not be: as many as two minutes hold', async () => {
    const told: number[] = [];
    const total = await playSideBySide(
      { from: 1, seeds: 600, seconds: 120, processes: 2 },
      ({ seeds }) => told.push(seeds),
    );
    expect(total.failed).toBeNull();
    expect(told).toEqual(told.map((_, index) => index + 1));
    expect(total.seeds).toBe(told.length);
    expect(total.crashes).toBeGreaterThan(0);
  });

  it('are the same in every run', async () => {
    const database = await openSimulatedDatabase();
    const first = await simulate(database, 26);
    expect(first.violation).toBeNull();
    expect(await simulate(database, 26)).toEqual(first);
    await database.close();
  });
});
