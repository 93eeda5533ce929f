/** Jobs for the end-to-end tests. */

/** Writes Parquet, reads it back, prints the sum. */
export const parquetRoundTrip = `
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.range(0, 100000, 1, 4).selectExpr("id", "id % 7 as k").write.mode("overwrite").parquet(sys.argv[1])
rows = spark.read.parquet(sys.argv[1]).groupBy("k").count().orderBy("k").collect()
print("GROUPS", [r["count"] for r in rows])
spark.stop()
`;

/** Keeps two executors busy for about the seconds given, in short tasks that can be run again. */
export const busy = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
def work(i):
    time.sleep(0.5)
    return i
total = spark.sparkContext.parallelize(range(int(sys.argv[1]) * 4), int(sys.argv[1]) * 4).map(work).sum()
print("TOTAL", total)
spark.stop()
`;

/** Raises after the context is up. */
export const failing = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
raise ValueError("the input makes no sense")
`;
