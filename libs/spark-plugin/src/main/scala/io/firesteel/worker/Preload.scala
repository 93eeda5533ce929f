package io.firesteel.worker

import java.nio.file.Path

import scala.util.control.NonFatal

/** What a worker does while it waits for work, so that its job need not: a first context with a first
  * job, and then, while it is ready already, the classes that take longest to initialise.
  *
  * It is done in steps and ends with the step under way when work has come, since what is not done then
  * may never be needed.
  */
private[worker] object Preload {

  /** Spark compiles SQL with these, on drivers and executors. None of them looks at a setting, here and
    * below, and another version of Spark may lack one.
    */
  private val CompilerClasses = Seq(
    "org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator$",
    "org.codehaus.janino.ClassBodyEvaluator",
    "org.codehaus.janino.UnitCompiler"
  )

  /** The first query of a driver waits a second of a processor for these. */
  private val PlannerClasses = Seq(
    "org.apache.spark.sql.internal.StaticSQLConf$",
    "org.apache.spark.sql.errors.QueryExecutionErrors$",
    "org.apache.spark.sql.catalyst.ScalaReflection$",
    "org.apache.spark.sql.catalyst.analysis.SimpleAnalyzer$"
  )

  /** Makes a worker ready.
    *
    * @param mode        `none`, `warm:driver` or `warm:executor`.
    * @param workHasCome whether to stop; asked before every step.
    * @throws java.lang.IllegalStateException when something of the first context is left. Such a worker must
    *                                         not be given work.
    */
  def run(mode: String, folder: Path, workHasCome: () => Boolean): Unit = mode match {
    case "none" => ()
    case "warm:driver" | "warm:executor" =>
      if (mode == "warm:driver") WaitingPython.start()
      val failure = MutedOutput.during {
        if (workHasCome()) None else rehearse(folder, workHasCome)
      }
      failure.foreach(e => System.err.println(s"This worker starts slowly: $e"))
    case _ => throw new IllegalArgumentException(s"Unknown mode '$mode' of WorkerMain")
  }

  /** Goes on in the background with what a worker need not have to be ready. */
  def goOn(mode: String, workHasCome: () => Boolean): Unit = mode match {
    case "warm:driver" => inBackground(CompilerClasses ++ PlannerClasses, workHasCome)
    case "warm:executor" => inBackground(CompilerClasses, workHasCome)
    case _ => ()
  }

  private def inBackground(classes: Seq[String], workHasCome: () => Boolean): Unit = {
    val work: Runnable = () => classes.iterator.takeWhile(_ => !workHasCome()).foreach(initialise)
    val thread = new Thread(work, "warm-up")
    thread.setDaemon(true)
    thread.start()
  }

  /** Whatever goes wrong costs speed only, as long as nothing is left behind. */
  private def rehearse(folder: Path, workHasCome: () => Boolean): Option[Throwable] =
    try {
      FirstContext.run(folder.resolve("tmp").resolve("warm-up"), workHasCome)
      None
    } catch {
      case e: IllegalStateException => throw e
      case e @ (NonFatal(_) | _: LinkageError) => Some(e)
    }

  private def initialise(name: String): Unit =
    // A class that cannot be had now will be asked for again by whoever needs it.
    try Class.forName(name, true, getClass.getClassLoader)
    catch { case _: Throwable => () }
}
