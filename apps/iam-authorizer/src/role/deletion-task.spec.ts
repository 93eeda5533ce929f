import fc from 'fast-check';
import { newDeletionTask, roleOfDeletionTask } from './deletion-task.ts';

const masterKey = Buffer.alloc(32, 7);
const accountId = '123456789012';
const rolePath = '/aws-service-role/ops.emr-serverless.amazonaws.com/AWSServiceRole';

it('knows what it gave, to whom, of which role', () => {
  const task = newDeletionTask(masterKey, accountId, rolePath);
  expect(task).toMatch(/^task\/aws-service-role\/.+\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(task).not.toBe(newDeletionTask(masterKey, accountId, rolePath));
  expect(roleOfDeletionTask(masterKey, accountId, task)).toBe(rolePath);
  expect(roleOfDeletionTask(masterKey, '210987654321', task)).toBeUndefined();
  expect(roleOfDeletionTask(Buffer.alloc(32, 8), accountId, task)).toBeUndefined();
});

it('knows nothing else', () => {
  const task = newDeletionTask(masterKey, accountId, rolePath);
  fc.assert(
    fc.property(fc.nat(task.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
      fc.pre(task[at] !== other);
      const changed = `${task.slice(0, at)}${other}${task.slice(at + 1)}`;
      expect(roleOfDeletionTask(masterKey, accountId, changed)).toBeUndefined();
    }),
  );
});

it.each(['', 'task/x', `task${rolePath}/`, `task${rolePath}/00000000-0000-4000-8000-000000000000`])(
  'knows of no task %s',
  (task) => {
    expect(roleOfDeletionTask(masterKey, accountId, task)).toBeUndefined();
  },
);
