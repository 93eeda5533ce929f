import { s3Access } from './action.ts';

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
  expect(s3Access(method, path, query, 'localhost:4566')).toEqual({
    action: `s3:${action}`,
    resource: resource === '*' ? '*' : `arn:aws:s3:::${resource}`,
  });
});

it.each(['b.localhost', 'b.localhost:4566', 'B.LocalHost'])(
  'finds the bucket in the host %s',
  (host) => {
    expect(s3Access('GET', '/b/k', '', host).resource).toBe('arn:aws:s3:::b/b/k');
    expect(s3Access('GET', '/', '', host).action).toBe('s3:ListBucket');
  },
);
