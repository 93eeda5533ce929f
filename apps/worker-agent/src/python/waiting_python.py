"""A Python that has imported PySpark and waits for a job's script, so that the job need not wait for it.

Started by the JVM of a worker that waits in a pool. It listens on the socket `python` in the worker's
folder; `handover.py`, which Spark starts as the driver's Python, hands over its arguments, environment,
working folder and standard streams, and learns how the script ended. The script runs in a fork, as
`__main__`, as if the interpreter had just been started with it. Ends when the JVM ends or closes its
standard input.
"""

import _socket
import builtins
import marshal
import os
import select
import sys
import zipfile

MOST_BYTES = 16 * 1024 * 1024
INT_BYTES = 4
#: What nearly every PySpark job imports.
IMPORTS = ("pyspark", "pyspark.sql", "pyspark.sql.functions", "pyspark.sql.types", "pyspark.sql.window")

#: Variables that an interpreter and PySpark look at only when they start, but for those applied here.
START_PREFIXES = ("PYTHON", "LC_", "LD_", "MALLOC_")
START_NAMES = ("LANG", "PYSPARK_ENABLE_NAMEDTUPLE_PATCH")
APPLIED = ("PYTHONPATH", "PYTHONUNBUFFERED")


def import_early():
    for name in IMPORTS:
        try:
            __import__(name)
        except Exception:  # The job will meet the same, and say so.
            return


def start_variables(environment):
    return {
        name: value
        for name, value in environment.items()
        if (name.startswith(START_PREFIXES) or name in START_NAMES) and name not in APPLIED
    }


def python_path(environment):
    return [entry for entry in environment.get("PYTHONPATH", "").split(":") if entry]


def modules_in(entry):
    """Names of the modules that can be imported from a folder or an archive."""
    try:
        if os.path.isdir(entry):
            names = os.listdir(entry)
        elif zipfile.is_zipfile(entry):
            with zipfile.ZipFile(entry) as archive:
                names = [name.split("/")[0] for name in archive.namelist()]
        else:
            names = []
    except OSError:
        names = []
    return {name.split(".")[0] for name in names}


def imported():
    loaded = {name.split(".")[0] for name in sys.modules} - {"__main__"}
    return loaded | {"sitecustomize", "usercustomize"}


def suits(own, arguments, environment):
    """Whether a script finds here what it would find in an interpreter of its own: started with the same
    variables, and with no module imported already that the script's own path has another of."""
    script = arguments[0]
    if not (script.endswith(".py") and os.path.isfile(script)):
        return False
    if start_variables(own) != start_variables(environment):
        return False
    ours = python_path(own)
    theirs = python_path(environment)
    if [entry for entry in theirs if entry in ours] != ours:
        return False
    others = [os.path.dirname(os.path.realpath(script))] + [e for e in theirs if e not in ours]
    known = imported()
    return not any(known & modules_in(entry) for entry in others)


def receive(connection):
    """The request and the three standard streams that came with it."""
    head, ancillary, _flags, _sender = connection.recvmsg(
        INT_BYTES, _socket.CMSG_SPACE(3 * INT_BYTES)
    )
    if not head:
        return None, []
    streams = []
    for level, kind, data in ancillary:
        if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
            streams = [
                int.from_bytes(data[at : at + INT_BYTES], sys.byteorder)
                for at in range(0, len(data), INT_BYTES)
            ]
    left = int.from_bytes(head, "big")
    body = b""
    while left > len(body) and len(body) < MOST_BYTES:
        part = connection.recv(left - len(body))
        if not part:
            return None, streams
        body += part
    return marshal.loads(body), streams


def take_place(own_path, arguments, environment, streams):
    """Makes this process what the script expects: streams, variables, arguments and path."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for stream in streams:
        if stream > 2:
            os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    if "TZ" in environment:
        import time

        time.tzset()
    sys.argv = list(arguments)
    sys.orig_argv = [sys.executable, *arguments]
    sys.path[:] = [
        os.path.dirname(os.path.realpath(arguments[0])),
        *python_path(environment),
        *own_path,
    ]


def run_as_main(script):
    """Runs a script in the module `__main__`; what it raises is shown without the frames from here."""
    from importlib.machinery import SourceFileLoader

    path = os.path.abspath(script)
    names = sys.modules["__main__"].__dict__
    names.clear()
    names.update(
        __name__="__main__",
        __doc__=None,
        __package__=None,
        __loader__=SourceFileLoader("__main__", path),
        __spec__=None,
        __annotations__={},
        __builtins__=builtins,
        __file__=path,
        __cached__=None,
    )
    try:
        with open(path, "rb") as source:
            code = compile(source.read(), path, "exec", dont_inherit=True)
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        show(error)
        raise SystemExit(130 if isinstance(error, KeyboardInterrupt) else 1) from None


def show(error):
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    sys.excepthook(type(error), error, trace)


def await_request(listener, own):
    """Waits for the driver's Python and says whether its script may run here. None when nobody needs one."""
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        if 0 in ready and not os.read(0, 1):
            return None
        if listener not in ready:
            continue
        descriptor, _ = listener._accept()
        connection = _socket.socket(fileno=descriptor)
        request, streams = receive(connection)
        if request is None:
            return None
        arguments, environment, folder = request
        os.chdir(folder)
        if suits(own, arguments, environment):
            return connection, arguments, environment, streams
        connection.send(b"n")
        return None


def tell_end(connection, pid):
    """Passes the script's end on: its exit code, or 128 and the signal's number, as a shell has it."""
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    connection.send(bytes([code if code >= 0 else 128 - code]))


def main():
    own = dict(os.environ)
    own_path = [entry for entry in sys.path[1:] if entry not in python_path(own)]
    os.chdir(own["FIRESTEEL_WORKER_DIR"])
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    listener.bind("python")
    listener.listen(1)
    import_early()
    wanted = await_request(listener, own)
    if wanted is None:
        os._exit(0)
    connection, arguments, environment, streams = wanted
    pid = os.fork()
    if pid > 0:
        connection.send(b"y" + pid.to_bytes(INT_BYTES, "big"))
        tell_end(connection, pid)
        os._exit(0)
    connection.close()
    listener.close()
    take_place(own_path, arguments, environment, streams)
    run_as_main(arguments[0])
