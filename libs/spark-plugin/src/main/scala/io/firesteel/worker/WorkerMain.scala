package io.firesteel.worker

import java.lang.reflect.InvocationTargetException
import java.nio.file.{Path, Paths}

import scala.util.control.NonFatal

import org.apache.spark.scheduler.cluster.firesteel.ActiveContext

/** The first and only program of every worker, warm or cold, driver or executor.
  *
  * It warms up until it has done so or the line is there, writes the file `ready`, waits for one line on
  * standard input that says what to run, writes the file `bound`, and runs it. One job per process: when
  * that ends, the process ends.
  *
  * Arguments: a mode of [[Preload]].
  */
object WorkerMain {
  private val SparkSubmit = "org.apache.spark.deploy.SparkSubmit"

  @volatile private var bound = false

  def main(arguments: Array[String]): Unit = {
    val folder = Paths.get(sys.env.getOrElse("FIRESTEEL_WORKER_DIR", "."))
    val mode = arguments.headOption.getOrElse("none")
    Preload.run(mode, folder, workHasCome = () => System.in.available() > 0)
    Uptime.mark(folder.resolve("ready"))
    Preload.goOn(mode, workHasCome = () => bound)
    val work = Binding.read(System.in)
    bound = true
    work.foreach(run(_, folder))
  }

  private def run(work: Binding, folder: Path): Unit = {
    work.properties.foreach { case (name, value) => System.setProperty(name, value) }
    ProcessEnvironment.overlay(work.environment)
    WaitingPython.keepFor(work)
    Uptime.mark(folder.resolve("bound"))
    val status = invoke(work)
    if (work.mainClass == SparkSubmit) stopContext()
    exit(status)
  }

  /** Runs the main method in this thread. 0 when it returned, 1 when it threw; a call of
    * `System.exit` inside never comes back, so its code becomes the process' own.
    */
  private def invoke(work: Binding): Int =
    try {
      val main = Class.forName(work.mainClass).getMethod("main", classOf[Array[String]])
      main.invoke(null, work.arguments)
      0
    } catch {
      case e: InvocationTargetException => failed(e.getCause)
      case e: Throwable => failed(e)
    }

  /** The same words the JVM itself uses for an exception nobody caught. */
  private def failed(cause: Throwable): Int = {
    System.out.flush()
    System.err.print("Exception in thread \"main\" ")
    cause.printStackTrace()
    1
  }

  /** A job that forgot `spark.stop()` still ends: its threads would keep the process alive. */
  private def stopContext(): Unit =
    try ActiveContext.stop()
    catch { case NonFatal(e) => System.err.println(s"The SparkContext could not be stopped: $e") }

  private def exit(status: Int): Unit = {
    System.out.flush()
    System.err.flush()
    System.exit(status)
  }
}
