package org.apache.spark.scheduler.cluster.firesteel

import org.apache.spark.SparkConf
import org.apache.spark.internal.config.{EXECUTOR_CORES, EXECUTOR_MEMORY, EXECUTOR_MEMORY_OVERHEAD}
import org.apache.spark.resource.ResourceProfile

/** How many executors of one resource profile are wanted, and how big each is.
  *
  * `memoryMb` is the JVM's heap; `memoryOverheadMb` is everything the worker needs beside it: Spark's
  * overhead, off-heap memory and PySpark's own.
  */
private[firesteel] final case class ExecutorTarget(
    resourceProfileId: Int,
    executors: Int,
    cores: Int,
    memoryMb: Long,
    memoryOverheadMb: Long) {

  def json: String =
    s"""{"resourceProfileId":$resourceProfileId,"executors":$executors,"cores":$cores,""" +
      s""""memoryMb":$memoryMb,"memoryOverheadMb":$memoryOverheadMb}"""
}

private[firesteel] object ExecutorTarget {
  private val LeastOverheadMb = 384L
  private val DefaultOverheadFactor = 0.1

  def of(profile: ResourceProfile, executors: Int, conf: SparkConf): ExecutorTarget = {
    val asked = profile.executorResources
    def mb(name: String): Option[Long] = asked.get(name).map(_.amount)
    val heap = mb(ResourceProfile.MEMORY).getOrElse(conf.get(EXECUTOR_MEMORY))
    val overhead = mb(ResourceProfile.OVERHEAD_MEM)
      .orElse(conf.get(EXECUTOR_MEMORY_OVERHEAD))
      .getOrElse(overheadOf(heap, conf))
    val beside = mb(ResourceProfile.OFFHEAP_MEM).getOrElse(0L) +
      mb(ResourceProfile.PYSPARK_MEM).getOrElse(0L)
    val cores = profile.getExecutorCores.getOrElse(conf.get(EXECUTOR_CORES))
    ExecutorTarget(profile.id, executors, cores, heap, overhead + beside)
  }

  /** EMR Serverless: a tenth of the heap, at least 384 MB. */
  private def overheadOf(heapMb: Long, conf: SparkConf): Long = {
    val factor = conf.getDouble("spark.emr-serverless.memoryOverheadFactor", DefaultOverheadFactor)
    math.max(LeastOverheadMb, math.ceil(heapMb * factor).toLong)
  }
}
