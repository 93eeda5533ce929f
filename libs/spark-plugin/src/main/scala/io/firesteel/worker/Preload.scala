package io.firesteel.worker

import java.nio.file.{Files, Path, Paths}

/** Loads the classes that a worker of its kind will need while it waits for work.
  *
  * Spark's, Scala's and Netty's classes are also initialised. Those of Hadoop and the AWS SDK are
  * only loaded: some of their initialisers read the environment, which the job may still change.
  */
private[worker] object Preload {
  private val Initialised =
    Seq("org.apache.spark.", "scala.", "io.netty.", "com.fasterxml.", "org.apache.logging.")

  def run(mode: String): Unit = mode.split(":") match {
    case Array("none") => ()
    case Array("classes") => Seq("driver", "executor").foreach(loadList)
    case Array("classes", workerType) => loadList(workerType)
    case _ => throw new IllegalArgumentException(s"Unknown mode '$mode' of WorkerMain")
  }

  private def loadList(workerType: String): Unit =
    Option(System.getProperty("firesteel.preload"))
      .map(Paths.get(_, s"$workerType.txt"))
      .filter(Files.exists(_))
      .foreach(load)

  private def load(list: Path): Unit = {
    val loader = getClass.getClassLoader
    Files.readAllLines(list).forEach { name =>
      // A class that cannot be had now will be asked for again by whoever needs it.
      try Class.forName(name, Initialised.exists(name.startsWith), loader)
      catch { case _: Throwable => () }
    }
  }
}
