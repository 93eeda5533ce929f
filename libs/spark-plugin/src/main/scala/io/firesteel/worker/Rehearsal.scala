package io.firesteel.worker

import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.Path
import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.functions.{col, sum}
import org.apache.spark.util.SerializableConfiguration

/** A tiny job that touches what real jobs use, so that the classes it loads can go into the
  * class-data archive and the preload lists. Called by the rehearsal that set-up runs.
  */
object Rehearsal {
  def run(spark: SparkSession, folder: String, bucket: String): Unit = {
    import spark.implicits._
    spark.sparkContext.parallelize(1 to 1000, 2).map(n => (n % 7, n)).reduceByKey(_ + _).collect()
    val numbers = spark.range(0, 2000, 1, 2).withColumn("k", col("id") % 10)
    val names = (0 until 10).map(k => (k.toLong, s"name-$k")).toDF("k", "name")
    numbers.write.mode("overwrite").parquet(s"$folder/numbers")
    spark.read.parquet(s"$folder/numbers").createOrReplaceTempView("numbers")
    spark.table("numbers").join(names, "k").groupBy("name").agg(sum("id")).orderBy("name").show()
    spark.sql("select k, count(*), avg(id) from numbers where id > 5 group by k").collect()
    numbers.write.mode("overwrite").csv(s"$folder/text")
    touchObjectStore(spark, bucket)
  }

  /** From the driver and from an executor: jobs read and write on both, and what an executor has to load
    * for it holds up its first task.
    */
  private def touchObjectStore(spark: SparkSession, bucket: String): Unit = {
    val conf = new SerializableConfiguration(spark.sparkContext.hadoopConfiguration)
    writeAndRead(conf.value, s"s3://$bucket/driver")
    spark.sparkContext.parallelize(1 to 1, 1).foreach { _ =>
      writeAndRead(conf.value, s"s3://$bucket/executor")
    }
  }

  private def writeAndRead(conf: Configuration, name: String): Unit =
    try {
      val path = new Path(name)
      val store = path.getFileSystem(conf)
      store.exists(path)
      val out = store.create(path, true)
      try out.writeUTF(name) finally out.close()
      val in = store.open(path)
      try in.read(new Array[Byte](name.length)) finally in.close()
    } catch {
      case e: Exception => println(s"No object store at the rehearsal: $e")
    }
}
