package org.apache.spark.scheduler.cluster.firesteel

import org.apache.spark.SparkException

/** Where this driver's agent listens and what the agent calls this driver. */
private[firesteel] final case class AgentAddress(hostPort: String, workerId: String) {
  def url(operation: String): String = s"http://$hostPort/workers/$workerId/$operation"
}

private[firesteel] object AgentAddress {
  private val Scheme = "spark-firesteel://"

  def isMaster(url: String): Boolean = url.startsWith(Scheme)

  /** @throws org.apache.spark.SparkException when the URL names no agent or no worker. */
  def parse(url: String): AgentAddress =
    url.stripPrefix(Scheme).split("/") match {
      case Array(hostPort, workerId) if hostPort.nonEmpty && workerId.nonEmpty =>
        AgentAddress(hostPort, workerId)
      case _ =>
        throw new SparkException(
          s"Master URL '$url' is not of the form ${Scheme}host:port/workerId")
    }
}
