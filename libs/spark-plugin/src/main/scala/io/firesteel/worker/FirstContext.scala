package io.firesteel.worker

import java.nio.file.{Files, Path}
import java.util.{Comparator, Properties}
import java.util.concurrent.atomic.AtomicReference

import scala.collection.JavaConverters._

import org.apache.spark.SparkContext
import org.apache.spark.deploy.SparkSubmit
import org.apache.spark.scheduler.cluster.firesteel.{SelfTalk, SparkStatics}
import org.apache.spark.sql.SparkSession

/** A whole job of a local SparkContext, submitted like any other and cleared away without a trace: the
  * code that a start runs is loaded, initialised and compiled when the real one comes.
  */
private[worker] object FirstContext {
  // Only what hangs takes as long, even where many workers start at once.
  private val LimitMs = 300000L

  @volatile private var workHasCome: () => Boolean = () => false

  /** Runs the job and takes everything back: settings, folders, threads, output.
    *
    * @param folder takes what the context writes; gone afterwards.
    * @throws java.lang.IllegalStateException when something of it is left.
    */
  def run(folder: Path, workHasCome: () => Boolean): Unit = {
    this.workHasCome = workHasCome
    val statics = new SparkStatics
    val properties = System.getProperties.clone().asInstanceOf[Properties]
    try {
      sparkProperties.foreach(System.clearProperty)
      Files.createDirectories(folder)
      inThreadOfItsOwn(SparkSubmit.main(submitArguments(folder)))
    } finally takeBack(statics, properties, folder)
  }

  private def takeBack(statics: SparkStatics, properties: Properties, folder: Path): Unit =
    try {
      require(!statics.areInUse, "it does not end")
      System.setProperties(properties)
      statics.clear()
      deleteAll(folder)
    } catch {
      case e: Throwable => throw new IllegalStateException("The first SparkContext left traces", e)
    }

  private def sparkProperties: Seq[String] =
    System.getProperties.stringPropertyNames.asScala.filter(_.startsWith("spark.")).toSeq

  /** What threads inherit from each other dies with the thread. */
  private def inThreadOfItsOwn(work: => Unit): Unit = {
    val failure = new AtomicReference[Throwable]
    val thread = new Thread(() => try work catch { case e: Throwable => failure.set(e) }, "warm-up")
    thread.setDaemon(true)
    thread.start()
    thread.join(LimitMs)
    if (thread.isAlive) throw new IllegalStateException("The first SparkContext hangs")
    Option(failure.get).foreach(e => throw e)
  }

  /** As near to a real start as can be without executors: authenticated, with an event log. */
  private def submitArguments(folder: Path): Array[String] = {
    val settings = Seq(
      "spark.driver.host" -> "127.0.0.1",
      "spark.driver.bindAddress" -> "127.0.0.1",
      "spark.authenticate" -> "true",
      "spark.authenticate.secret" -> "warm-up",
      "spark.ui.enabled" -> "false",
      "spark.eventLog.enabled" -> "true",
      "spark.eventLog.dir" -> folder.toUri.toString
    )
    val options = settings.flatMap { case (name, value) => Seq("--conf", s"$name=$value") }
    val main = Seq("--class", getClass.getName.stripSuffix("$"), "spark-internal")
    (Seq("--master", "local[1]", "--name", "warm-up") ++ options ++ main).toArray
  }

  /** The job, called by SparkSubmit, whose class loader for jobs would be kept by what looks classes up
    * for good.
    */
  def main(arguments: Array[String]): Unit = {
    Thread.currentThread.setContextClassLoader(getClass.getClassLoader)
    val spark = SparkSession.builder.getOrCreate()
    val steps = Iterator[SparkContext => Unit](firstJob, SelfTalk.run)
    try steps.takeWhile(_ => !workHasCome()).foreach(step => step(spark.sparkContext))
    finally spark.stop()
  }

  private def firstJob(sc: SparkContext): Unit =
    sc.parallelize(1 to 100, 2).map(n => (n % 7, n)).reduceByKey(_ + _).collect()

  private def deleteAll(folder: Path): Unit = {
    val paths = Files.walk(folder)
    try paths.sorted(Comparator.reverseOrder[Path]).forEach(path => Files.delete(path))
    finally paths.close()
  }
}
