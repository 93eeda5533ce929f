#!/bin/sh
# What Spark starts as the driver's Python on a worker where one waits; see handover.py.
exec "$PYSPARK_PYTHON" -I -S "${0%/*}/handover.py" "$@"
