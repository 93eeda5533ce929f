package io.firesteel.examples

import org.apache.spark.sql.SparkSession

/** The smallest job with tasks in it, for measuring how long a start takes. Prints the moments at
  * which the context was ready and the first job was done, in milliseconds since 1970.
  */
object Trivial {
  def main(args: Array[String]): Unit = {
    val spark = SparkSession.builder.appName("trivial").getOrCreate()
    println(s"CONTEXT_READY ${System.currentTimeMillis()}")
    val total = spark.sparkContext.parallelize(1 to 1000, 2).map(_ * 2).reduce(_ + _)
    require(total == 1001000, s"1 to 1000, doubled, cannot sum to $total")
    println(s"FIRST_JOB ${System.currentTimeMillis()}")
    spark.stop()
  }
}
