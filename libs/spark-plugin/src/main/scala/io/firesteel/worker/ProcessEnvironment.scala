package io.firesteel.worker

import java.util.{Map => JavaMap}

/** Adds variables to the environment of a process that runs already.
  *
  * A warm worker learns its job's variables long after its start, and `System.getenv` has no setter.
  * The map behind it is reached by reflection, which the worker's `--add-opens` list allows. Programs
  * that the JVM starts, such as Python, inherit the same map.
  */
private[worker] object ProcessEnvironment {
  def overlay(variables: Seq[(String, String)]): Unit = if (variables.nonEmpty) {
    val holder = Class.forName("java.lang.ProcessEnvironment")
    val field = holder.getDeclaredField("theEnvironment")
    field.setAccessible(true)
    val map = field.get(null).asInstanceOf[JavaMap[AnyRef, AnyRef]]
    val name = wrapper("Variable")
    val value = wrapper("Value")
    variables.foreach { case (key, text) => map.put(name(key), value(text)) }
  }

  private def wrapper(kind: String): String => AnyRef = {
    val make = Class
      .forName("java.lang.ProcessEnvironment$" + kind)
      .getDeclaredMethod("valueOf", classOf[String])
    make.setAccessible(true)
    text => make.invoke(null, text)
  }
}
