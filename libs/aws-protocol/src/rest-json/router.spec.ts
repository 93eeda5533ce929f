import { loadModel } from '../service-model.ts';
import { createRouter } from './router.ts';

const model = loadModel('emr-serverless');
const route = createRouter(model);

it('finds each of the operations by the path its model gives', () => {
  for (const { name, http } of Object.values(model.operations)) {
    const path = http.requestUri.replace(/\{(\w+)\}/g, 'x-$1');
    const match = route(http.method, path);
    expect(match?.operation).toBe(name);
    for (const [label, value] of Object.entries(match?.labels ?? {}))
      expect(value).toBe(`x-${label}`);
  }
});

it('keeps an ARN with encoded slashes one label, and decodes it', () => {
  const arn = 'arn:aws:emr-serverless:us-east-1:123456789012:/applications/00f1/jobruns/00g2';
  expect(route('GET', `/tags/${encodeURIComponent(arn)}`)).toEqual({
    operation: 'ListTagsForResource',
    labels: { resourceArn: arn },
  });
  expect(route('GET', `/tags/${arn}`)).toBeUndefined();
});

it('gives an empty label for validation to refuse', () => {
  expect(route('GET', '/applications/')).toEqual({
    operation: 'GetApplication',
    labels: { applicationId: '' },
  });
});

it.each([
  ['PUT', '/applications'],
  ['get', '/applications'],
  ['GET', 'applications'],
  ['GET', ''],
  ['GET', '/'],
  ['GET', '//applications'],
  ['GET', '/applications/a/b'],
  ['GET', '/Applications'],
  ['GET', '/%61pplications'],
  ['GET', '/applications/..'],
  ['DELETE', '/applications/a/jobruns/%2E%2e'],
  ['POST', '/applications/./start'],
])('finds nothing for %s %s', (method, path) => {
  expect(route(method, path)).toBeUndefined();
});

it.each(['%', '%zz', '%ff', '%00', 'a%0', '%ed%a0%80'])('refuses the label %s', (label) => {
  expect(() => route('GET', `/applications/${label}`)).toThrow(
    expect.objectContaining({ code: 'ValidationException', status: 400 }),
  );
});

it('keeps a label named __proto__ an ordinary value', () => {
  expect(route('GET', '/applications/__proto__')?.labels).toEqual({ applicationId: '__proto__' });
});
