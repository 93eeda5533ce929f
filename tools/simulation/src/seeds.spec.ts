import { play } from './seeds.ts';
import { openSimulatedDatabase } from './services/database.ts';
import { simulate } from './simulate.ts';

describe('simulated seeds', () => {
  it('show nothing that must not be', async () => {
    const total = await play({ from: 1, seeds: 8, seconds: null });
    expect(total.failed).toBeNull();
    expect(total.seeds).toBe(8);
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
