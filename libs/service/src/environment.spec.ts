import { commonEnvironment, databaseEnvironment, parseEnvironment } from './environment.ts';

const complete = {
  PORT: '4581',
  FIRESTEEL_SECRETS_DIR: 'secrets',
  FIRESTEEL_DATA_DIR: 'data',
  DATABASE_URL: 'postgresql://role:password@127.0.0.1:5432/postgres',
  KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
  LEDGER_WAKE_PORT: '4600',
};
const shape = commonEnvironment.extend(databaseEnvironment.shape);

it('parses numbers and lists and fills in defaults', () => {
  expect(parseEnvironment(shape, complete)).toMatchObject({
    PORT: 4581,
    KAFKA_BROKERS: ['127.0.0.1:9092', '127.0.0.1:9093'],
    FIRESTEEL_ACCOUNT_ID: '123456789012',
    AWS_REGION: 'us-east-1',
  });
});

it('names everything that is missing or wrong, at once', () => {
  const { KAFKA_BROKERS: _, ...rest } = complete;
  expect(() => parseEnvironment(shape, { ...rest, PORT: 'x', FIRESTEEL_ACCOUNT_ID: '12' })).toThrow(
    /PORT.*FIRESTEEL_ACCOUNT_ID.*KAFKA_BROKERS/s,
  );
});
