package io.firesteel.worker

import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.{Files, NoSuchFileException, Path, Paths}

/** Marks a moment of a worker's life in a file: the machine's uptime in seconds, which is the same
  * clock for every process of the machine and does not jump. Whoever watches the folder sees the file
  * whole or not at all.
  */
private[worker] object Uptime {
  def mark(file: Path): Unit = {
    val half = file.resolveSibling(s".${file.getFileName}.half")
    Files.writeString(half, now())
    Files.move(half, file, ATOMIC_MOVE)
  }

  private def now(): String =
    try Files.readString(Paths.get("/proc/uptime")).takeWhile(_ != ' ')
    catch { case _: NoSuchFileException => (System.nanoTime() / 1e9).toString }
}
