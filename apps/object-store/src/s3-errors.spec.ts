import { errorDocument, notImplemented, s3Error, toS3Failure } from './s3-errors.ts';

const withCode = (code: string, more: object = {}): Error =>
  Object.assign(new Error('message'), { code, ...more });

describe('toS3Failure', () => {
  it.each([
    [withCode('ENOSPC'), 'ServiceUnavailable', 503],
    [withCode('EMFILE'), 'SlowDown', 503],
    [withCode('EIO'), 'InternalError', 500],
    [withCode('SignatureDoesNotMatch', { status: 403 }), 'SignatureDoesNotMatch', 403],
    [withCode('BadDigest'), 'BadDigest', 400],
    [withCode('XAmzContentSHA256Mismatch', { status: 400 }), 'XAmzContentSHA256Mismatch', 400],
    [withCode('ERR_STREAM_DESTROYED'), 'InternalError', 500],
    [s3Error('NoSuchKey'), 'NoSuchKey', 404],
    ['nonsense', 'InternalError', 500],
  ])('maps %p', (error, code, status) => {
    expect(toS3Failure(error).s3).toMatchObject({ code, status });
  });

  it('tells nothing of what an internal error was', () => {
    expect(toS3Failure(new Error('/secret/path')).message).not.toContain('secret');
  });
});

describe('errorDocument', () => {
  it('names what is not implemented and escapes what came from outside', () => {
    const text = errorDocument(notImplemented('GET ?<x>'), '/b/<k>', 'id');
    expect(text).toContain('<Code>NotImplemented</Code>');
    expect(text).toContain('GET ?&lt;x&gt;');
    expect(text).toContain('<Resource>/b/&lt;k&gt;</Resource><RequestId>id</RequestId>');
  });
});
