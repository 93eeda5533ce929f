import { asUser, chooseUser, embeddedUrl, parsePostmasterPid, withLogin } from './postgres.ts';

describe('chooseUser', () => {
  it('prefers postgres, then nobody', () => {
    const nobody = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false';
    expect(chooseUser(nobody)).toEqual({ uid: 65534, gid: 65533 });
    expect(chooseUser(`${nobody}\npostgres:x:101:104::/:/bin/sh`)).toEqual({ uid: 101, gid: 104 });
    expect(chooseUser('root:x:0:0::/root:/bin/sh')).toBeUndefined();
  });
});

describe('asUser', () => {
  it('leaves the command alone when there is no need', () => {
    expect(asUser(undefined, '/bin/x', ['-a'])).toEqual({ command: '/bin/x', args: ['-a'] });
  });
  it('gives up root and its rights but one', () => {
    const { command, args } = asUser({ uid: 7, gid: 8 }, '/bin/x', ['-a']);
    expect(command).toBe('setpriv');
    expect(args).toEqual(
      expect.arrayContaining(['--reuid=7', '--regid=8', '--no-new-privs', '/bin/x', '-a']),
    );
  });
});

describe('parsePostmasterPid', () => {
  it('reads pid and readiness', () => {
    expect(parsePostmasterPid('12\n/data\n1\n5432\n\n127.0.0.1\n 1 2\nready   \n')).toEqual({
      pid: 12,
      ready: true,
    });
    expect(parsePostmasterPid('12\n/data\n1\n5432\n\n\n 1 2\nstarting\n')?.ready).toBe(false);
    expect(parsePostmasterPid(undefined)).toBeUndefined();
    expect(parsePostmasterPid('')).toBeUndefined();
  });
});

describe('URLs', () => {
  it('carry a login', () => {
    expect(embeddedUrl(1, 'billing', 'p')).toBe('postgresql://billing:p@127.0.0.1:1/firesteel');
    expect(withLogin('postgresql://admin:a@db:5432/x?sslmode=require', 'billing', 'p/q')).toBe(
      'postgresql://billing:p%2Fq@db:5432/x?sslmode=require',
    );
  });
});
