package org.apache.spark.examples

import java.util.SplittableRandom

import org.apache.spark.sql.SparkSession

/** Estimates pi by throwing darts. Spark's own example of this name is in no package registry, yet
  * every tutorial submits it, so this one answers to the same name and argument (the number of
  * partitions) and prints the same line.
  */
object SparkPi {
  private val DartsPerPartition = 100000

  def main(args: Array[String]): Unit = {
    val spark = SparkSession.builder.appName("Spark Pi").getOrCreate()
    val partitions = args.headOption.map(_.toInt).getOrElse(2)
    val hits = spark.sparkContext.parallelize(0 until partitions, partitions).map(throwDarts)
    val pi = 4.0 * hits.reduce(_ + _) / (partitions.toLong * DartsPerPartition)
    println(s"Pi is roughly $pi")
    spark.stop()
  }

  private def throwDarts(seed: Int): Long = {
    val random = new SplittableRandom(seed)
    (1 to DartsPerPartition).count { _ =>
      math.hypot(random.nextDouble(), random.nextDouble()) <= 1
    }
  }
}
