"""Starts the Python that waits. A script of its own, so that `__main__` is free for the job's."""

import waiting_python

waiting_python.main()
