package org.apache.spark.scheduler.cluster.firesteel

import org.apache.spark.internal.Logging

/** The name under which Amazon EMR Serverless logs what its driver could not be given; people search
  * their logs for it.
  */
private[firesteel] object ExecutorContainerAllocator extends Logging {
  def refused(message: String): Unit = logWarning(message)
}
