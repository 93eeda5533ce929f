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

/** Leaves traces wherever a job can: files, environment, JVM properties, a process that outlives it. */
export const leavesTraces = `
import os, subprocess, tempfile
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
for folder in (os.getcwd(), tempfile.gettempdir(), os.environ["HOME"]):
    open(os.path.join(folder, "TRACE-of-the-first"), "w").write("secret")
os.environ["TRACE"] = "of-the-first"
spark._jvm.java.lang.System.setProperty("trace", "of-the-first")
spark.range(10).createGlobalTempView("trace")
subprocess.Popen(["sleep", "1001"], start_new_session=True)
print("SUM", spark.range(100).selectExpr("sum(id)").first()[0])
spark.stop()
`;

/** Prints every trace that it finds of the job before it. */
export const looksForTraces = `
import os, tempfile
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
found = []
folders = (os.getcwd(), tempfile.gettempdir(), os.environ["HOME"], os.environ["SPARK_LOCAL_DIRS"])
for top in folders:
    for folder, _, names in os.walk(top):
        found += [os.path.join(folder, name) for name in names if "TRACE" in name]
found += [name for name in os.environ if "TRACE" in name]
if spark._jvm.java.lang.System.getProperty("trace"):
    found.append("system property")
found += [table.name for table in spark.catalog.listTables("global_temp")]
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        words = open("/proc/" + pid + "/cmdline").read().split("\\0")
        if "1001" in words and "sleep" in words:
            found.append("process " + pid)
    except OSError:
        pass
print("FOUND", found, "SUM", spark.range(100).selectExpr("sum(id)").first()[0])
spark.stop()
`;

/**
 * Wide, narrow, wide: a shuffle written by many tasks, one long task, and the shuffle read at the end.
 * Prints the sum and how many of the first stage's tasks ran: more than there are means recomputation.
 */
export const threeStages = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
tasks, wide, narrow = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
ran = sc.accumulator(0)
def first(part):
    ran.add(1)
    time.sleep(wide)
    return ((i % tasks, i) for i in range(1000))
shuffled = sc.parallelize(range(tasks), tasks).mapPartitions(first).partitionBy(tasks)
began = time.time()
print("FIRST", shuffled.count(), "AT", time.time() - began)
sc.parallelize([0], 1).map(lambda _: time.sleep(narrow)).collect()
print("NARROW AT", time.time() - began)
def last(part):
    time.sleep(wide)
    return [sum(value for _, value in part)]
total = shuffled.mapPartitions(last).sum()
print("LAST AT", time.time() - began)
print("TOTAL", total, "RAN", ran.value)
spark.stop()
`;

/** Reaches S3 at once, works for the seconds given, then writes one object under a name of its own. */
export const writesAtItsEnd = `
import sys, time, uuid
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
place = sys.argv[1]
spark.createDataFrame([(1,)], ["a"]).write.mode("overwrite").parquet(place + "/begun")
def work(i):
    time.sleep(0.5)
    return i
n = int(sys.argv[2]) * 4
total = spark.sparkContext.parallelize(range(n), n).map(work).sum()
path = spark._jvm.org.apache.hadoop.fs.Path(place + "/ended/" + str(uuid.uuid4()))
stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).create(path)
stream.write(65)
stream.close()
print("TOTAL", total)
spark.stop()
`;

/** Lists each place given and says what came of it. */
export const looksAround = `
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
for place in sys.argv[1:]:
    try:
        print("SEEN", place, spark.read.text(place).count())
    except Exception as problem:
        print("REFUSED", place, "AccessDenied" in str(problem) or "403" in str(problem))
spark.stop()
`;
