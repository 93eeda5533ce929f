/** Every migration of the authorizer's schema, in order. */
import { CreatePrincipal } from './2026-11-25-create-principal.ts';
import { AddIam } from './2026-11-26-add-iam.ts';
import { CreateFence } from './2026-11-26-create-fence.ts';
import { AddBucketPolicy } from './2026-11-27-add-bucket-policy.ts';
import { AddInstanceProfile } from './2026-11-27-add-instance-profile.ts';
import { AddMFADevice } from './2026-11-28-add-mfa-device.ts';

export const iamMigrations = [
  { name: '2026-11-25-create-principal', class: CreatePrincipal },
  { name: '2026-11-26-create-fence', class: CreateFence },
  { name: '2026-11-26-add-iam', class: AddIam },
  { name: '2026-11-27-add-instance-profile', class: AddInstanceProfile },
  { name: '2026-11-27-add-bucket-policy', class: AddBucketPolicy },
  { name: '2026-11-28-add-mfa-device', class: AddMFADevice },
];
