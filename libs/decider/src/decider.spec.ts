import { type Decider, fold } from './decider.ts';
import { Refused } from './refused.ts';
import { given } from './spec.ts';

type Event = { type: 'Deposited' | 'Withdrawn'; amount: number };
type Command = { type: 'Deposit' | 'Withdraw'; amount: number };
const purse: Decider<number, Command, Event> = {
  initial: 0,
  decide(command, balance) {
    if (command.amount === 0) return [];
    if (command.type === 'Deposit') return [{ type: 'Deposited', amount: command.amount }];
    if (command.amount > balance) throw new Refused('Invalid', `only ${balance} left`);
    return [{ type: 'Withdrawn', amount: command.amount }];
  },
  evolve: (balance, event) =>
    event.type === 'Deposited' ? balance + event.amount : balance - event.amount,
};

it('folds a history into its state', () => {
  expect(
    fold(purse, [
      { type: 'Deposited', amount: 5 },
      { type: 'Withdrawn', amount: 2 },
    ]),
  ).toBe(3);
});

it.each<[string, Event[], Command, unknown]>([
  ['already so', [], { type: 'Deposit', amount: 0 }, { events: [] }],
  ['a fact', [], { type: 'Deposit', amount: 2 }, { events: [{ type: 'Deposited', amount: 2 }] }],
  ['a refusal', [], { type: 'Withdraw', amount: 2 }, { refused: 'Invalid: only 0 left' }],
])('shows %s', (_name, events, command, outcome) => {
  expect(given(purse, events).when(command)).toEqual(outcome);
});

it('lets defects through', () => {
  const broken = {
    ...purse,
    decide: () => {
      throw new TypeError('defect');
    },
  };
  expect(() => given(broken, []).when({ type: 'Deposit', amount: 1 })).toThrow(TypeError);
});
