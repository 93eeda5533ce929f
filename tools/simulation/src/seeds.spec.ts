import { openSimulatedDatabase } from './services/database.ts';
import { playSideBySide } from './side-by-side.ts';
import { simulate } from './simulate.ts';

describe('simulated seeds', () => {
  it('show nothing that must not be', async () => {
    const told: number[] = [];
    const total = await playSideBySide(
      { from: 1, seeds: 8, seconds: null, processes: 2 },
      ({ seeds }) => told.push(seeds),
    );
    expect(total.failed).toBeNull();
    expect([total.seeds, told]).toEqual([8, [1, 2, 3, 4, 5, 6, 7, 8]]);
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
