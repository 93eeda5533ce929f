package org.apache.spark.scheduler.cluster.firesteel

import scala.util.control.NonFatal

import org.apache.spark.{SparkConf, SparkContext}
import org.apache.spark.internal.Logging
import org.apache.spark.internal.config.DYN_ALLOCATION_MAX_EXECUTORS
import org.apache.spark.scheduler.{
  ExternalClusterManager,
  SchedulerBackend,
  TaskScheduler,
  TaskSchedulerImpl
}
import org.apache.spark.util.Utils

/** Serves master URLs of the form `spark-firesteel://<agent host>:<agent port>/<worker id>`.
  *
  * SparkSubmit accepts any master that starts with `spark` and takes it for stand-alone client mode;
  * SparkContext then finds this class through `META-INF/services`. So Spark needs no patch.
  */
class FiresteelClusterManager extends ExternalClusterManager with Logging {

  override def canCreate(masterUrl: String): Boolean = AgentAddress.isMaster(masterUrl)

  override def createTaskScheduler(sc: SparkContext, masterUrl: String): TaskScheduler =
    new FiresteelTaskScheduler(sc)

  override def createSchedulerBackend(
      sc: SparkContext,
      masterUrl: String,
      scheduler: TaskScheduler): SchedulerBackend = {
    allowResourceProfiles(sc)
    keepInitialBelowMaximum(sc.conf)
    val address = AgentAddress.parse(masterUrl)
    val agent = new AgentClient(address, sys.env.getOrElse("FIRESTEEL_WORKER_TOKEN", ""))
    val tasks = scheduler.asInstanceOf[FiresteelTaskScheduler]
    tasks.contextReady = () => agent.milestone("contextReady")
    new FiresteelBackend(tasks, sc, address, agent)
  }

  /** The defaults start a job with three executors. A user who sets a maximum of one or two and nothing
    * else would meet Spark's complaint that the start lies above the maximum; the maximum holds.
    */
  private def keepInitialBelowMaximum(conf: SparkConf): Unit =
    if (Utils.isDynamicAllocationEnabled(conf)) {
      val most = conf.get(DYN_ALLOCATION_MAX_EXECUTORS)
      Seq("spark.executor.instances", "spark.dynamicAllocation.initialExecutors")
        .filter(key => conf.getInt(key, 0) > most)
        .foreach(key => conf.set(key, most.toString))
    }

  override def initialize(scheduler: TaskScheduler, backend: SchedulerBackend): Unit =
    scheduler.asInstanceOf[TaskSchedulerImpl].initialize(backend)

  /** Spark allows stage-level resource profiles only for masters it knows by name. The only thing it
    * looks at is a private flag that says "this is Kubernetes"; our backend honours profiles too, so
    * the flag is set. Where it cannot be, jobs without profiles run all the same.
    */
  private def allowResourceProfiles(sc: SparkContext): Unit =
    try {
      val manager = sc.resourceProfileManager
      val flag = manager.getClass.getDeclaredField("isK8s")
      flag.setAccessible(true)
      flag.setBoolean(manager, true)
    } catch {
      case NonFatal(e) => logWarning(s"Stage-level resource profiles are not available: $e")
    }
}

/** Spark's own task scheduler, which in addition says when the SparkContext may be used: its start
  * hook returns when the first executor is there, as the last step but one of building a context.
  */
private[firesteel] class FiresteelTaskScheduler(sc: SparkContext) extends TaskSchedulerImpl(sc) {
  @volatile var contextReady: () => Unit = () => ()

  override def postStartHook(): Unit = {
    super.postStartHook()
    contextReady()
  }
}
