"""The driver's Python, when one waits: hands everything over to it and ends as the script ends.

Runs isolated and with built-in modules only, since its start is all that a job waits for. Where nobody
waits, or the script needs an interpreter of its own, it becomes that interpreter.
"""

import _signal
import _socket
import marshal
import posix
import sys

INT_BYTES = 4
FORWARDED = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP)


def job_environment():
    """What the script sees: nothing of how it was started."""
    environment = {
        name.decode("utf-8", "surrogateescape"): value.decode("utf-8", "surrogateescape")
        for name, value in posix.environ.items()
    }
    del environment["PYSPARK_DRIVER_PYTHON"]
    return environment


def start_anew(environment):
    python = environment["PYSPARK_PYTHON"]
    posix.execve(python, [python, *sys.argv[1:]], environment)


def request_of(environment, folder):
    body = marshal.dumps((sys.argv[1:], environment, folder))
    return len(body).to_bytes(INT_BYTES, "big") + body


def hand_over(environment):
    """The connection and the process that runs the script, or None when there is none for it."""
    folder = posix.getcwd()
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        # By its name within the folder: a socket's whole path may be 107 bytes long, no more.
        posix.chdir(environment["FIRESTEEL_WORKER_DIR"])
        connection.connect("python")
        streams = b"".join(fd.to_bytes(INT_BYTES, sys.byteorder) for fd in (0, 1, 2))
        rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)]
        data = request_of(environment, folder)
        connection.sendmsg([data[:INT_BYTES]], rights)
        connection.sendall(data[INT_BYTES:])
        answer = connection.recv(1 + INT_BYTES)
    except OSError:
        answer = b""
    posix.chdir(folder)
    if len(answer) != 1 + INT_BYTES:
        return None
    return connection, int.from_bytes(answer[1:], "big")


def forward_signals(pid):
    def forward(number, _frame):
        try:
            posix.kill(pid, number)
        except OSError:
            pass

    for number in FORWARDED:
        _signal.signal(number, forward)


def main():
    environment = job_environment()
    handed = hand_over(environment)
    if handed is None:
        start_anew(environment)
    connection, pid = handed
    forward_signals(pid)
    status = connection.recv(1)
    # Without a word the waiting Python was killed, and the script with it.
    posix._exit(status[0] if status else 137)


main()
