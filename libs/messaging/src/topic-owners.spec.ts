import { categories } from '@firesteel/contracts/topics';
import { categoryOwners } from '@firesteel/event-store/prepare';

it('publishes the categories that the log knows an owner for, no more and no fewer', () => {
  expect([...categories].sort()).toEqual(Object.keys(categoryOwners).sort());
});
