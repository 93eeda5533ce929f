import { s3Access } from './action.ts';

const host = 'localhost:4566';

it.each<[string, string, string, string]>([
  ['GET', '/', 'ListAllMyBuckets', '*'],
  ['PUT', '/b', 'CreateBucket', 'b'],
  ['DELETE', '/b', 'DeleteBucket', 'b'],
  ['HEAD', '/b', 'ListBucket', 'b'],
  ['GET', '/b/', 'ListBucket', 'b'],
  ['GET', '/b?list-type=2&prefix=k', 'ListBucket', 'b'],
  ['GET', '/b?versions', 'ListBucketVersions', 'b'],
  ['GET', '/b?uploads', 'ListBucketMultipartUploads', 'b'],
  ['GET', '/b?location', 'GetBucketLocation', 'b'],
  ['PUT', '/b?versioning', 'PutBucketVersioning', 'b'],
  ['GET', '/b?encryption', 'GetEncryptionConfiguration', 'b'],
  ['DELETE', '/b?encryption', 'PutEncryptionConfiguration', 'b'],
  ['DELETE', '/b?tagging', 'PutBucketTagging', 'b'],
  ['DELETE', '/b?policy', 'DeleteBucketPolicy', 'b'],
  ['POST', '/b?delete', 'DeleteObject', 'b/*'],
  ['POST', '/b', 'PutObject', 'b/*'],
  ['GET', '/b/k', 'GetObject', 'b/k'],
  ['HEAD', '/b/k', 'GetObject', 'b/k'],
  ['PUT', '/b/k', 'PutObject', 'b/k'],
  ['DELETE', '/b/k', 'DeleteObject', 'b/k'],
  ['GET', '/b/k?versionId=1', 'GetObjectVersion', 'b/k'],
  ['DELETE', '/b/k?versionId=1', 'DeleteObjectVersion', 'b/k'],
  ['GET', '/b/k?tagging', 'GetObjectTagging', 'b/k'],
  ['PUT', '/b/k?tagging&versionId=1', 'PutObjectVersionTagging', 'b/k'],
  ['DELETE', '/b/k?tagging', 'DeleteObjectTagging', 'b/k'],
  ['PUT', '/b/k?acl', 'PutObjectAcl', 'b/k'],
  ['GET', '/b/k?attributes', 'GetObjectAttributes', 'b/k'],
  ['POST', '/b/k?uploads', 'PutObject', 'b/k'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', 'PutObject', 'b/k'],
  ['POST', '/b/k?uploadId=u', 'PutObject', 'b/k'],
  ['GET', '/b/k?uploadId=u', 'ListMultipartUploadParts', 'b/k'],
  ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload', 'b/k'],
  ['GET', '/b/a%20key/with%2Fslash/', 'GetObject', 'b/a key/with/slash/'],
  ['GET', '/b/..', 'GetObject', 'b/..'],
  ['GET', '/b/%E0', 'GetObject', 'b/%E0'],
  ['GET', '/b/k?constructor', 'GetObject', 'b/k'],
  ['GET', '/b?policy&acl', 'GetBucketPolicy', 'b'],
  ['DELETE', '/b/k?uploadId=u&tagging', 'AbortMultipartUpload', 'b/k'],
  ['DELETE', '/b/k?tagging&uploadId=u', 'DeleteObjectTagging', 'b/k'],
])('%s %s is %s on %s', (method, target, action, resource) => {
  const [path = '', query = ''] = target.split('?');
  expect(s3Access({ method, rawPath: path, rawQuery: query, host })).toMatchObject({
    action: `s3:${action}`,
    resource: `arn:aws:s3:::${resource}`,
  });
});

it.each(['b.localhost', 'b.localhost:4566', 'B.LocalHost'])(
  'finds the bucket in the host %s',
  (virtual) => {
    const get = { method: 'GET', rawQuery: '', host: virtual };
    expect(s3Access({ ...get, rawPath: '/b/k' }).resource).toBe('arn:aws:s3:::b/b/k');
    expect(s3Access({ ...get, rawPath: '/' }).action).toBe('s3:ListBucket');
  },
);

const names = (prefix: string) => ({ kind: 'names', prefix });

it.each<[string, string, string, object | undefined]>([
  ['HEAD', '', 'ListBucket', { kind: 'bucketItself' }],
  ['HEAD', 'prefix=a/', 'ListBucket', { kind: 'bucketItself' }],
  ['GET', '', 'ListBucket', names('')],
  ['GET', 'list-type=2&prefix=a%2Fb+c', 'ListBucket', names('a/b c')],
  ['GET', 'uploads&prefix=a/', 'ListBucketMultipartUploads', names('a/')],
  ['GET', 'versions&prefix=a/', 'ListBucketVersions', names('a/')],
  ['POST', 'delete', 'DeleteObject', { kind: 'keysInBody' }],
  ['GET', 'location&prefix=a/', 'GetBucketLocation', undefined],
  ['PUT', '', 'CreateBucket', undefined],
  // The first value counts, and a second question mark is a part of the name: so the object store has it.
  ['GET', 'prefix=a/&prefix=b/', 'ListBucket', names('a/')],
  ['GET', '&&prefix=a/', 'ListBucket', names('a/')],
  ['GET', '?prefix=a/', 'ListBucket', names('')],
  ['GET', '?location=x', 'ListBucket', names('')],
  ['GET', '%70refix=a%2f', 'ListBucket', names('a/')],
  ['GET', 'prefix=%E0', 'ListBucket', names('%E0')],
])('%s /b?%s is %s and reaches %j', (method, rawQuery, action, reach) => {
  const access = s3Access({ method, rawPath: '/b', rawQuery, host });
  expect([access.action, access.reach]).toEqual([`s3:${action}`, reach]);
});

it.each<[string, string]>([
  ['b/k', 'GetObject b/k'],
  ['/b/k', 'GetObject b/k'],
  ['b%2Fa%20key/x', 'GetObject b/a key/x'],
  ['//b/k', 'GetObject /b/k'],
  ['b/k?versionId=null', 'GetObjectVersion b/k'],
  ['b/k%3FversionId=null', 'GetObject b/k?versionId=null'],
  ['b/%E0', 'GetObject b/%E0'],
  ['b/a, c/d', 'GetObject b/a, c/d'],
  ['', 'GetObject '],
])('a copy of %s is %s', (copySource, reading) => {
  const [action = '', path] = reading.split(/ (.*)/s);
  const put = { method: 'PUT', rawPath: '/to/k', host, copySource };
  const wanted = { action: `s3:${action}`, resource: `arn:aws:s3:::${path}` };
  expect(s3Access({ ...put, rawQuery: '' }).copySource).toEqual(wanted);
  expect(s3Access({ ...put, rawQuery: 'partNumber=1&uploadId=u' }).copySource).toEqual(wanted);
  expect(s3Access({ ...put, rawQuery: '', method: 'GET' })).not.toHaveProperty('copySource');
});
