package io.firesteel.worker

import java.lang.ProcessBuilder.Redirect

import scala.util.control.NonFatal

/** A Python beside a driver that waits in a pool, which imports PySpark meanwhile and becomes the driver's
  * Python when the job is one. The agent names the script; see `driver-python.sh` beside it.
  *
  * It ends with this JVM, whose end closes its standard input.
  */
private[worker] object WaitingPython {
  private val ScriptVariable = "FIRESTEEL_WAITING_PYTHON"
  private val DriverPythonVariable = "PYSPARK_DRIVER_PYTHON"

  @volatile private var waiting: Option[Process] = None

  /** Starts it when the agent named one. A job finds its own Python where that fails. */
  def start(): Unit =
    try waiting = for (script <- sys.env.get(ScriptVariable)) yield {
      val builder = new ProcessBuilder(sys.env("PYSPARK_PYTHON"), script)
      // Spark starts every Python driver so, and it cannot be changed later.
      builder.environment().put("PYTHONUNBUFFERED", "YES")
      builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD)
      builder.start()
    } catch {
      case NonFatal(_) => ()
    }

  /** Ends it unless this work is its own. */
  def keepFor(work: Binding): Unit =
    if (!work.environment.exists(_._1 == DriverPythonVariable)) waiting.foreach(_.destroyForcibly())
}
