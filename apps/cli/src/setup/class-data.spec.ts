import { loadableClasses } from './class-data.ts';

describe('the classes that another JVM can load by name', () => {
  it('are those of files, archives and the JDK, each once', () => {
    const log = [
      'java.lang.Object source: shared objects file',
      'org.apache.spark.SparkConf source: file:/opt/spark-core.jar',
      'org.apache.spark.SparkConf source: file:/opt/spark-core.jar',
      'java.util.zip.CRC32C source: jrt:/java.base',
      'org.apache.spark.Foo$$Lambda$12/0x0000000800c03000 source: org.apache.spark.Foo',
      'jdk.proxy2.$Proxy4 source: file:/opt/a.jar',
      'org.apache.spark.sql.GeneratedIterator source: __ClassLoader::defineClass__',
      'io.firesteel.worker.Rehearsal$ source: file:/opt/plugin.jar',
    ].join('\n');

    expect(loadableClasses(log)).toEqual([
      'java.lang.Object',
      'org.apache.spark.SparkConf',
      'java.util.zip.CRC32C',
    ]);
  });
});
