package io.firesteel.worker

import java.io.{BufferedOutputStream, OutputStream, PrintStream}

/** Standard output and standard error that can be silenced for a while.
  *
  * A logger takes hold of `System.err` when it is first configured and keeps it, so the streams stay in
  * their place afterwards.
  */
private[worker] object MutedOutput {
  @volatile private var muted = false

  /** Runs `work` while nothing that is printed or logged by any thread comes out. */
  def during[T](work: => T): T = {
    System.setOut(mutable(System.out))
    System.setErr(mutable(System.err))
    muted = true
    try work
    finally {
      System.out.flush()
      System.err.flush()
      muted = false
    }
  }

  private def mutable(stream: PrintStream): PrintStream =
    new PrintStream(new BufferedOutputStream(new Gate(stream), 8192), true)

  private class Gate(stream: PrintStream) extends OutputStream {
    override def write(byte: Int): Unit = if (!muted) stream.write(byte)
    override def write(bytes: Array[Byte], from: Int, count: Int): Unit =
      if (!muted) stream.write(bytes, from, count)
    override def flush(): Unit = if (!muted) stream.flush()
  }
}
