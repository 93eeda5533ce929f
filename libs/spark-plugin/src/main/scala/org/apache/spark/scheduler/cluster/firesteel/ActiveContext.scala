package org.apache.spark.scheduler.cluster.firesteel

import org.apache.spark.SparkContext

/** Reaches the running SparkContext, which Spark shows to its own packages only. */
object ActiveContext {
  def stop(): Unit = SparkContext.getActive.foreach(_.stop())
}
