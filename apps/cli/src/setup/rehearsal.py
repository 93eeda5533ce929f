"""What the rehearsal's driver runs: a PySpark job that also calls the JVM side of the rehearsal."""

import sys

from pyspark.sql import SparkSession

folder, bucket = sys.argv[1:]
spark = SparkSession.builder.appName("rehearsal").getOrCreate()
numbers = spark.sparkContext.parallelize(range(1000), 2)
print(numbers.map(lambda n: n * n).reduce(lambda a, b: a + b))
spark._jvm.io.firesteel.worker.Rehearsal.run(spark._jsparkSession, folder, bucket)
print(spark.createDataFrame([(1, "a"), (2, "b")], ["n", "s"]).groupBy("s").count().collect())
spark.stop()
