/** Every migration of capacity's schema, in order. */
import { CreateFleet } from './2026-11-25-create-fleet.ts';
import { AddPools } from './2026-11-26-add-pools.ts';
import { RebuildFleet } from './2026-11-26-rebuild-fleet.ts';

export const fleetMigrations = [
  { name: '2026-11-25-create-fleet', class: CreateFleet },
  { name: '2026-11-26-add-pools', class: AddPools },
  { name: '2026-11-26-rebuild-fleet', class: RebuildFleet },
];
