package io.firesteel.worker

import java.io.{ByteArrayOutputStream, InputStream}
import java.nio.charset.StandardCharsets.{US_ASCII, UTF_8}
import java.util.Base64

/** What a worker is told to run.
  *
  * On the wire it is one line of base64; the text inside has four parts separated by U+0002, namely
  * system properties, environment, main class and arguments, and the items of a part are separated by
  * U+0001. Properties and environment are `name=value`.
  */
private[worker] final case class Binding(
    properties: Seq[(String, String)],
    environment: Seq[(String, String)],
    mainClass: String,
    arguments: Array[String])

private[worker] object Binding {
  private val Part = '\u0002'
  private val Item = '\u0001'

  /** Waits for one line and reads not a byte more. None when the input ends first, which means that
    * the worker was never needed.
    *
    * @throws java.lang.IllegalArgumentException when the line is no binding.
    */
  def read(input: InputStream): Option[Binding] = {
    val line = new ByteArrayOutputStream
    var byte = input.read()
    while (byte >= 0 && byte != '\n') {
      line.write(byte)
      byte = input.read()
    }
    if (byte < 0) None else Some(decode(new String(line.toByteArray, US_ASCII)))
  }

  def decode(line: String): Binding = {
    val text = new String(Base64.getDecoder.decode(line.trim), UTF_8)
    split(text, Part) match {
      case Seq(properties, environment, mainClass, arguments) =>
        val words = if (arguments.isEmpty) Nil else split(arguments, Item)
        Binding(pairs(properties), pairs(environment), mainClass, words.toArray)
      case parts =>
        throw new IllegalArgumentException(s"A binding has 4 parts, this one ${parts.size}")
    }
  }

  private def pairs(part: String): Seq[(String, String)] =
    split(part, Item).filter(_.nonEmpty).map { pair =>
      val at = pair.indexOf('=')
      require(at > 0, "A property or variable of a binding is not of the form name=value")
      pair.substring(0, at) -> pair.substring(at + 1)
    }

  private def split(text: String, separator: Char): Seq[String] =
    text.split(separator.toString, -1).toSeq
}
