import { mavenRepository, mirrorInSettings } from './maven-mirror.ts';

const settings = (mirrorOf: string): string =>
  `<settings><mirrors>
     <!-- <mirror><mirrorOf>*</mirrorOf><url>https://comment.example/</url></mirror> -->
     <mirror><id>house</id><mirrorOf>${mirrorOf}</mirrorOf><url> https://maven.example/all/ </url></mirror>
   </mirrors></settings>`;

describe('the mirror of Maven Central in settings.xml', () => {
  it.each(['*', 'central', 'external:*', 'snapshots, central', '*,!snapshots'])(
    'is taken for mirrorOf %s',
    (mirrorOf) => {
      expect(mirrorInSettings(settings(mirrorOf))).toBe('https://maven.example/all/');
    },
  );

  it.each(['snapshots', '*,!central', 'external:http:*'])('is not for mirrorOf %s', (mirrorOf) => {
    expect(mirrorInSettings(settings(mirrorOf))).toBeUndefined();
  });
});

describe('the Maven repository', () => {
  const central = async (): Promise<string> => 'https://central.example/maven2/';

  it('is the one that the user names, without a slash at its end', async () => {
    expect(await mavenRepository('https://mine.example/m2/', '/nowhere', central)).toBe(
      'https://mine.example/m2',
    );
  });

  it('is Maven Central when nobody names one', async () => {
    expect(await mavenRepository(undefined, '/nowhere', central)).toBe(
      'https://central.example/maven2',
    );
  });
});
