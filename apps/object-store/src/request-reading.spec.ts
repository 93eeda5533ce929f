import fc from 'fast-check';
import { parseCopyRange, parseRange } from './byte-range.ts';
import { judgeRead, judgeWrite } from './conditions.ts';
import { toS3Failure } from './s3-errors.ts';
import { parseTarget } from './s3-request.ts';
import { parseXml } from './xml-reading.ts';
import { element, escapeXml, plainDocument } from './xml-writing.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return toS3Failure(error).s3.code;
  }
  return 'none';
};

describe('parseTarget', () => {
  it.each([
    ['127.0.0.1:4580', '/', undefined, undefined],
    ['127.0.0.1:4580', '/bkt', 'bkt', undefined],
    ['127.0.0.1:4580', '/bkt/?list-type=2', 'bkt', undefined],
    ['127.0.0.1:4580', '/bkt/a/../b//c/', 'bkt', 'a/../b//c/'],
    ['127.0.0.1:4580', '/bkt//x', 'bkt', '/x'],
    ['127.0.0.1:4580', '/bkt/a%2Fb+c%20d', 'bkt', 'a/b+c d'],
    ['my.bkt.localhost:4580', '/a/b', 'my.bkt', 'a/b'],
    ['my.bkt.localhost', '/', 'my.bkt', undefined],
    ['localhost:4580', '/bkt/k', 'bkt', 'k'],
  ])('reads %s%s', (host, url, bucket, key) => {
    expect(parseTarget(host, url)).toMatchObject({ bucket, key });
  });

  it('refuses what is no UTF-8 and what is too long', () => {
    expect(codeOf(() => parseTarget('h', '/bkt/%ff'))).toBe('InvalidURI');
    expect(codeOf(() => parseTarget('h', '/bkt/%zz'))).toBe('InvalidURI');
    expect(codeOf(() => parseTarget('h', `/bkt/${'x'.repeat(1024)}`))).toBe('none');
    expect(codeOf(() => parseTarget('h', `/bkt/${'x'.repeat(1025)}`))).toBe('KeyTooLongError');
  });

  it('never fails otherwise than with a code of S3', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (host, url) => {
        expect(codeOf(() => parseTarget(host, url))).not.toBe('InternalError');
      }),
    );
  });
});

describe('parseRange', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-0', { start: 0, length: 1 }],
    ['bytes=2-100', { start: 2, length: 8 }],
    ['bytes=5-', { start: 5, length: 5 }],
    ['bytes=-3', { start: 7, length: 3 }],
    ['bytes=-30', { start: 0, length: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=3-2', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=0-1', undefined],
  ])('reads %s of ten bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it('wants both ends of a copy range, inside the source', () => {
    expect(parseCopyRange('bytes=0-9', 10)).toEqual({ start: 0, length: 10 });
    expect(parseCopyRange('bytes=0-10', 10)).toBe('unsatisfiable');
    expect(parseCopyRange('bytes=5-', 10)).toBe('malformed');
  });
});

describe('conditions', () => {
  const validators = { etag: 'abc', modifiedMs: Date.parse('2026-01-02T03:04:05.678Z') };
  const none = {
    ifMatch: undefined,
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    ifUnmodifiedSince: undefined,
  };
  const same = 'Fri, 02 Jan 2026 03:04:05 GMT';
  const before = 'Fri, 02 Jan 2026 03:04:04 GMT';

  it.each([
    [{ ifMatch: '"abc"' }, 'proceed'],
    [{ ifMatch: '"x"' }, 'precondition-failed'],
    [{ ifNoneMatch: '"abc"' }, 'not-modified'],
    [{ ifNoneMatch: '"x", abc' }, 'not-modified'],
    [{ ifModifiedSince: same }, 'not-modified'],
    [{ ifModifiedSince: before }, 'proceed'],
    [{ ifUnmodifiedSince: before }, 'precondition-failed'],
    [{ ifUnmodifiedSince: same }, 'proceed'],
    [{ ifMatch: 'abc', ifUnmodifiedSince: before }, 'proceed'],
    [{ ifNoneMatch: 'x', ifModifiedSince: same }, 'proceed'],
    [{ ifModifiedSince: 'nonsense' }, 'proceed'],
  ])('judges a read with %j', (conditions, expected) => {
    expect(judgeRead({ ...none, ...conditions }, validators)).toBe(expected);
  });

  it('judges writes', () => {
    const star = { ifMatch: undefined, ifNoneMatch: '*' };
    expect(judgeWrite(star, validators)).toBe('precondition-failed');
    expect(judgeWrite(star, undefined)).toBe('proceed');
    expect(judgeWrite({ ifMatch: 'abc', ifNoneMatch: undefined }, undefined)).toBe('no-such-key');
  });
});

describe('parseXml', () => {
  it('reads back what is written', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, (value) => {
        const root = parseXml(plainDocument('A', element('B', value.replace('\u0000', ''))));
        expect(root.children[0]?.text).toBe(value.replace('\u0000', ''));
      }),
    );
  });

  it.each([
    '',
    'x',
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&nope;</a>',
    '<a>& </a>',
    '<a>&#xD800;</a>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    '<a><![CDATA[x]]></a>',
    '<a'.repeat(50),
    '<a>'.repeat(50) + '</a>'.repeat(50),
  ])('refuses %s', (source) => {
    expect(codeOf(() => parseXml(source))).toBe('MalformedXML');
  });

  it('never fails otherwise', () => {
    const pieces = fc.array(
      fc.constantFrom('<', '>', '/', 'a', '&', ';', '"', '=', ' ', '!', '-', '?'),
    );
    fc.assert(
      fc.property(pieces, (all) => {
        expect(['none', 'MalformedXML']).toContain(codeOf(() => parseXml(all.join(''))));
      }),
    );
  });

  it('escapes markup and control characters', () => {
    expect(escapeXml('<a&"\u0001\r>')).toBe('&lt;a&amp;&quot;&#x1;&#xd;&gt;');
  });
});
