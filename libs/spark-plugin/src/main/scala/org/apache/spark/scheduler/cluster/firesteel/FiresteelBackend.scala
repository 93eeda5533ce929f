package org.apache.spark.scheduler.cluster.firesteel

import scala.concurrent.Future

import org.apache.spark.SparkContext
import org.apache.spark.resource.ResourceProfile
import org.apache.spark.rpc.RpcAddress
import org.apache.spark.scheduler.{
  ExecutorDecommissionInfo,
  ExecutorExited,
  SparkListener,
  SparkListenerExecutorAdded,
  SparkListenerTaskStart
}
import org.apache.spark.scheduler.cluster.{CoarseGrainedSchedulerBackend, SchedulerBackendUtils}

/** States to the agent what Spark wants and leaves every decision to the control plane: which worker
  * becomes an executor, where, and whether the limits allow it. Executors register themselves over
  * Spark's own RPC.
  */
private[firesteel] class FiresteelBackend(
    scheduler: FiresteelTaskScheduler,
    sc: SparkContext,
    address: AgentAddress,
    agent: AgentClient)
    extends CoarseGrainedSchedulerBackend(scheduler, sc.env.rpcEnv) {

  private val initialExecutors = SchedulerBackendUtils.getInitialTargetExecutorNumber(conf)

  private val runId = conf.get("spark.firesteel.jobRunId", address.workerId)

  override def applicationId(): String = runId

  /**
   * How many executors the context waits for before it is ready; none unless the job sets
   * spark.scheduler.minRegisteredResourcesRatio: the driver goes on while they start.
   */
  override def sufficientResourcesRegistered(): Boolean =
    totalRegisteredExecutors.get() >= initialExecutors * minRegisteredRatio

  override def start(): Unit = {
    super.start()
    val endpoint = CoarseGrainedSchedulerBackend.ENDPOINT_NAME
    val rpc = sc.env.rpcEnv.address
    agent.driverUrl(s"spark://$endpoint@${rpc.host}:${rpc.port}")
    val profile = sc.resourceProfileManager.defaultResourceProfile
    doRequestTotalExecutors(Map(profile -> initialExecutors))
    sc.addSparkListener(new FirstOnes(agent))
  }

  override def doRequestTotalExecutors(wanted: Map[ResourceProfile, Int]): Future[Boolean] = {
    agent.targets(wanted.toSeq.map { case (profile, count) =>
      ExecutorTarget.of(profile, count, conf)
    })
    Future.successful(true)
  }

  override def doKillExecutors(executorIds: Seq[String]): Future[Boolean] = {
    agent.kill(executorIds)
    Future.successful(true)
  }

  /** The control plane must know who is leaving: leavers do not count towards the target, so that
    * replacements start beside them instead of after them.
    */
  override def decommissionExecutors(
      executors: Array[(String, ExecutorDecommissionInfo)],
      adjustTargetNumExecutors: Boolean,
      triggeredByExecutor: Boolean): Seq[String] = {
    val leaving =
      super.decommissionExecutors(executors, adjustTargetNumExecutors, triggeredByExecutor)
    if (leaving.nonEmpty) agent.decommission(leaving)
    leaving
  }

  /** Nobody may replace the executors that are told to end here. */
  override def stop(): Unit = {
    agent.targets(Nil)
    super.stop()
    agent.close()
  }

  override def createDriverEndpoint(): DriverEndpoint = new LossTolerantEndpoint

  /** An executor that vanishes was taken away by a host, a zone or a limit, not killed by the job's
    * own tasks, so its tasks run again without counting towards `spark.task.maxFailures`.
    */
  private class LossTolerantEndpoint extends DriverEndpoint {
    override def onDisconnected(remote: RpcAddress): Unit =
      addressToExecutorId.get(remote).foreach { executorId =>
        val reason = ExecutorExited(137, exitCausedByApp = false, s"Executor $executorId was lost")
        removeExecutor(executorId, reason)
      }
  }
}

/** Reports the first executor and the first task, once each. */
private[firesteel] class FirstOnes(agent: AgentClient) extends SparkListener {
  private var executorSeen = false
  private var taskSeen = false

  override def onExecutorAdded(added: SparkListenerExecutorAdded): Unit =
    if (!executorSeen) {
      executorSeen = true
      agent.milestone("firstExecutor")
    }

  override def onTaskStart(start: SparkListenerTaskStart): Unit =
    if (!taskSeen) {
      taskSeen = true
      agent.milestone("firstTask")
    }
}
