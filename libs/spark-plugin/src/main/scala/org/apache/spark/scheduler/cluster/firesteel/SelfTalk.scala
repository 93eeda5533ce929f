package org.apache.spark.scheduler.cluster.firesteel

import org.apache.spark.{HeartbeatReceiver, SparkContext}
import org.apache.spark.rpc.RpcEnv
import org.apache.spark.storage.BroadcastBlockId

/** What a driver and its executor say to each other, said by a context to itself over the network: a
  * connection with authentication, a question, a block. A local context has no use for it otherwise.
  */
object SelfTalk {
  def run(sc: SparkContext): Unit = {
    ask(sc)
    fetch(sc)
  }

  /** As an executor asks for the driver's settings: as a client that serves nobody. */
  private def ask(sc: SparkContext): Unit = {
    val env = sc.env
    val host = env.rpcEnv.address.host
    val client =
      RpcEnv.create("warm-up", host, host, -1, env.conf, env.securityManager, 0, clientMode = true)
    try client.setupEndpointRef(env.rpcEnv.address, HeartbeatReceiver.ENDPOINT_NAME)
    finally client.shutdown()
  }

  /** As an executor fetches its tasks' code. */
  private def fetch(sc: SparkContext): Unit = {
    val broadcast = sc.broadcast("warm-up")
    val blocks = sc.env.blockManager
    val id = BroadcastBlockId(broadcast.id, "piece0").name
    val from = blocks.blockManagerId
    val service = blocks.blockTransferService
    service.fetchBlockSync(from.host, from.port, from.executorId, id, tempFileManager = null)
    broadcast.destroy()
  }
}
