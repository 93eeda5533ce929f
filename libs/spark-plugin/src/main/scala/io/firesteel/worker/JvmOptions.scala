package io.firesteel.worker

import org.apache.spark.launcher.JavaModuleOptions

/** Prints the JVM options that this version of Spark needs, one per line. Set-up asks once. */
object JvmOptions {
  def main(arguments: Array[String]): Unit =
    JavaModuleOptions.defaultModuleOptions().split(" +").filter(_.nonEmpty).foreach(println)
}
