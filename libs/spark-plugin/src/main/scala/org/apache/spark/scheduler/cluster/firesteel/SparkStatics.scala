package org.apache.spark.scheduler.cluster.firesteel

import java.io.File
import java.lang.reflect.Field
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.{AtomicInteger, AtomicLong}

import scala.collection.mutable

import org.apache.hadoop.fs.FileSystem
import org.apache.hadoop.security.UserGroupInformation

import org.apache.spark.{SparkContext, SparkEnv}
import org.apache.spark.deploy.SparkHadoopUtil
import org.apache.spark.executor.Executor
import org.apache.spark.network.util.NettyUtils
import org.apache.spark.rdd.RDDOperationScope
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.sql.SparkSession
import org.apache.spark.storage.BlockManagerId
import org.apache.spark.util.{AccumulatorContext, ShutdownHookManager, Utils}

/** What a SparkContext leaves behind in static fields after its stop: settings it was started with,
  * folders, secrets in the user's credentials, numbers given out. A worker that built one to warm up
  * must be as if it never had.
  *
  * Spark has no public way to most of it, so the fields are looked up by name when this is made, that
  * is before anything has to be cleared.
  *
  * @throws java.lang.ReflectiveOperationException on a version of Spark that keeps them elsewhere.
  */
final class SparkStatics {
  private val clearLocalRootDirs = Utils.getClass.getDeclaredMethod("clearLocalRootDirs")
  private val hostPorts = accessor(Utils, "hostPortParseResults")
  private val blockManagerIds = accessor(BlockManagerId, "blockManagerIdCache")
  // The cache is Guava's, which Spark carries under another name than it was compiled with.
  private val emptyBlockManagerIds =
    Seq("invalidateAll", "cleanUp").map(blockManagerIds().getClass.getMethod(_))
  emptyBlockManagerIds.foreach(_.setAccessible(true))
  private val deletedAtExit = accessor(ShutdownHookManager, "shutdownDeletePaths")
  private val nextProfileId = accessor(ResourceProfile, "nextProfileId")
  private val nextAccumulatorId = accessor(AccumulatorContext, "nextId")
  private val nextScopeId = accessor(RDDOperationScope, "scopeCounter")
  private val hadoopUtil = field(SparkHadoopUtil, "instance")
  private val hadoopUtilIsMade = field(SparkHadoopUtil, "bitmap$0")
  private val localExecutorSource = field(Executor, "executorSourceLocalModeOnly")
  private val bufferPools = field(classOf[NettyUtils], "_sharedPooledByteBufAllocator")

  /** True while a SparkContext lives, and nothing can be cleared. */
  def areInUse: Boolean = SparkContext.getActive.isDefined || SparkEnv.get != null

  /** Clears everything. Files that would have been deleted at the exit are deleted now. */
  def clear(): Unit = {
    clearHadoop()
    SparkSession.clearActiveSession()
    SparkSession.clearDefaultSession()
    clearFolders()
    clearNumbers()
    emptyBlockManagerIds.foreach(_.invoke(blockManagerIds()))
    localExecutorSource.set(Executor, null)
    hostPorts().asInstanceOf[ConcurrentHashMap[_, _]].clear()
    // Buffer pools are made as the first context's settings say; the job's own shall count.
    java.util.Arrays.fill(bufferPools.get(null).asInstanceOf[Array[AnyRef]], null)
  }

  /** The user's credentials hold the context's secret, and Spark's Hadoop settings its properties. */
  private def clearHadoop(): Unit = {
    FileSystem.closeAll()
    FileSystem.clearStatistics()
    UserGroupInformation.reset()
    hadoopUtil.set(SparkHadoopUtil, null)
    hadoopUtilIsMade.set(SparkHadoopUtil, 0.toByte)
  }

  private def clearFolders(): Unit = {
    val paths = deletedAtExit().asInstanceOf[mutable.HashSet[String]]
    paths.synchronized(paths.toList).foreach(path => Utils.deleteRecursively(new File(path)))
    paths.synchronized(paths.clear())
    clearLocalRootDirs.invoke(Utils)
  }

  /** A job's first resource profile, accumulator and scope have the same number cold and warm. */
  private def clearNumbers(): Unit = {
    ResourceProfile.clearDefaultProfile()
    nextProfileId().asInstanceOf[AtomicInteger].set(0)
    nextScopeId().asInstanceOf[AtomicInteger].set(0)
    AccumulatorContext.clear()
    nextAccumulatorId().asInstanceOf[AtomicLong].set(0)
  }

  /** Reads a private member of one of Scala's objects, initialising it where it is lazy. */
  private def accessor(holder: AnyRef, name: String): () => AnyRef = {
    val methods = holder.getClass.getDeclaredMethods
    methods.find(m => m.getName == name && m.getParameterCount == 0) match {
      case Some(method) =>
        method.setAccessible(true)
        () => method.invoke(holder)
      case None =>
        val found = field(holder, name)
        () => found.get(holder)
    }
  }

  private def field(holder: AnyRef, name: String): Field = field(holder.getClass, name)

  private def field(holder: Class[_], name: String): Field = {
    val found = holder.getDeclaredField(name)
    found.setAccessible(true)
    found
  }
}
