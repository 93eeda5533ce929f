package org.apache.spark.scheduler.cluster.firesteel

import java.io.{IOException, InputStream}
import java.net.{HttpURLConnection, URL}
import java.nio.charset.StandardCharsets.UTF_8
import java.util.concurrent.atomic.AtomicLong

import scala.collection.mutable
import scala.util.control.NonFatal

import com.fasterxml.jackson.databind.ObjectMapper

import org.apache.spark.internal.Logging

/** Tells the agent on this machine what the driver wants, one message at a time, from one thread.
  *
  * Callers hold Spark's scheduler locks, so no call here waits for the network. A message that could
  * not be delivered is tried again, for ever: the agent may be restarted at any time and the job must
  * not notice. Messages wait under a key, and a later message of the same key takes the place of the
  * earlier one, so that after an absence the agent hears the latest targets only.
  *
  * `HttpURLConnection` and hand-written JSON are used because both are loaded already when a driver
  * starts; the newer HTTP client costs a tenth of a second of class loading.
  */
private[firesteel] class AgentClient(address: AgentAddress, token: String) extends Logging {
  import AgentClient._

  private val waiting = mutable.LinkedHashMap.empty[String, Message]
  private val targetSequence = new AtomicLong
  private val leaverSequence = new AtomicLong
  private var closed = false
  @volatile private var agentAnswers = true

  private val sender = new Thread(() => sendAll(), "firesteel-agent-client")
  sender.setDaemon(true)
  sender.start()

  def driverUrl(url: String): Unit = put("driver", "driver", s"""{"url":${quoted(url)}}""")

  /** Absolute numbers of executors wanted, one entry per resource profile. */
  def targets(wanted: Seq[ExecutorTarget]): Unit = {
    val list = wanted.map(_.json).mkString(",")
    val sequence = targetSequence.incrementAndGet()
    put("targets", "targets", s"""{"sequence":$sequence,"targets":[$list]}""")
  }

  def kill(executorIds: Seq[String]): Unit = leavers("kill", executorIds)

  def decommission(executorIds: Seq[String]): Unit = leavers("decommission", executorIds)

  def milestone(name: String): Unit = {
    val now = System.currentTimeMillis()
    put(s"milestone-$name", "milestone", s"""{"name":${quoted(name)},"epochMs":$now}""")
  }

  /** Delivers what is still waiting, for at most [[LastWordsMs]] and only while the agent answers. */
  def close(): Unit = {
    waiting.synchronized {
      closed = true
      waiting.notifyAll()
    }
    if (agentAnswers) sender.join(LastWordsMs)
  }

  private def leavers(operation: String, executorIds: Seq[String]): Unit = {
    val ids = executorIds.map(quoted).mkString(",")
    val key = s"$operation-${leaverSequence.incrementAndGet()}"
    put(key, operation, s"""{"executorIds":[$ids]}""")
  }

  private def put(key: String, operation: String, body: String): Unit = waiting.synchronized {
    waiting(key) = Message(operation, body)
    waiting.notifyAll()
  }

  private def sendAll(): Unit = {
    var pauseMs = FirstPauseMs
    var next = take()
    while (next.isDefined) {
      val (key, message) = next.get
      if (deliver(message)) {
        forget(key, message)
        pauseMs = FirstPauseMs
      } else {
        Thread.sleep(pauseMs)
        pauseMs = math.min(pauseMs * 2, LongestPauseMs)
      }
      next = take()
    }
  }

  /** The message that has waited longest; none when the client is closed and nothing can be sent. */
  private def take(): Option[(String, Message)] = waiting.synchronized {
    while (waiting.isEmpty && !closed) waiting.wait()
    if (closed && !agentAnswers) None else waiting.headOption
  }

  /** Only the message that was sent: a newer one of the same key may have come meanwhile. */
  private def forget(key: String, sent: Message): Unit = waiting.synchronized {
    if (waiting.get(key).exists(_ eq sent)) waiting.remove(key)
  }

  /** True when the message needs no further try. */
  private def deliver(message: Message): Boolean =
    try {
      val (status, body) = exchange(message)
      agentAnswers = true
      if (status == HttpURLConnection.HTTP_CONFLICT || status == HttpURLConnection.HTTP_GONE) {
        exitSuperseded(status)
      }
      if (status < 300) reportRefusals(body)
      else logWarning(s"The agent answered $status to '${message.operation}': $body")
      status < 500
    } catch {
      case e: IOException =>
        if (agentAnswers) logWarning(s"The agent at ${address.hostPort} does not answer: $e")
        agentAnswers = false
        false
    }

  private def exchange(message: Message): (Int, String) = {
    val connection =
      new URL(address.url(message.operation)).openConnection().asInstanceOf[HttpURLConnection]
    connection.setRequestMethod("PUT")
    connection.setDoOutput(true)
    connection.setConnectTimeout(TimeoutMs)
    connection.setReadTimeout(TimeoutMs)
    connection.setRequestProperty("authorization", token)
    connection.setRequestProperty("content-type", "application/json")
    val bytes = message.body.getBytes(UTF_8)
    connection.setFixedLengthStreamingMode(bytes.length)
    connection.getOutputStream.write(bytes)
    val status = connection.getResponseCode
    val answer = if (status < 400) connection.getInputStream else connection.getErrorStream
    (status, text(answer))
  }

  private def text(stream: InputStream): String =
    if (stream == null) "" else try new String(stream.readAllBytes(), UTF_8) finally stream.close()

  /** A limit of the application may leave a target unfulfilled. The job goes on with fewer executors
    * and its log says why, in the control plane's words, which are those of Amazon EMR Serverless.
    */
  private def reportRefusals(body: String): Unit =
    if (body.contains("\"message\"")) {
      try {
        val refusals = new ObjectMapper().readTree(body).path("refusals")
        refusals.forEach { refusal =>
          ExecutorContainerAllocator.refused(refusal.path("message").asText())
        }
      } catch {
        case NonFatal(e) => logWarning(s"The agent's answer cannot be read: $e")
      }
    }

  /** Another attempt has taken this one's place. It must not write another byte of output, so no
    * shutdown hook runs.
    */
  private def exitSuperseded(status: Int): Unit = {
    logError(s"The agent answered $status: this worker is superseded and ends now")
    System.out.flush()
    System.err.flush()
    Runtime.getRuntime.halt(ExitSuperseded)
  }
}

private[firesteel] object AgentClient {
  val ExitSuperseded = 143
  private val TimeoutMs = 10000
  private val FirstPauseMs = 50L
  private val LongestPauseMs = 1000L
  private val LastWordsMs = 250L

  private final case class Message(operation: String, body: String)

  /** A JSON string. Ids, URLs and names hold no control characters. */
  private def quoted(text: String): String =
    "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\""
}
