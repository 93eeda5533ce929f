/** A process that plays the seeds it is told, one after another, on one database. */
import { openSimulatedDatabase } from './services/database.ts';
import { simulate } from './simulate.ts';

const database = await openSimulatedDatabase();
process.on('message', (seed: number) => {
  simulate(database, seed).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => {
      console.error(`seed ${seed} cannot be played:`, error);
      process.exit(1);
    },
  );
});
