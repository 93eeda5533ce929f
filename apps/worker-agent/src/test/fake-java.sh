#!/bin/sh
# Stands in for a JVM with WorkerMain: ready, one line, bound, then what the line asks for. With
# -Dwarms.up=forever it is ready only when the line is there.
mark() {
  cut -d' ' -f1 /proc/uptime >"$FIRESTEEL_WORKER_DIR/.$1.half"
  mv "$FIRESTEEL_WORKER_DIR/.$1.half" "$FIRESTEEL_WORKER_DIR/$1"
}
echo "$@" >../logs/command
case "$*" in
  *-Dwarms.up=forever*)
    read -r line
    mark ready
    ;;
  *)
    mark ready
    read -r line
    ;;
esac
echo "$line" | base64 -d >../logs/binding
word=$(tr '\001\002' '\n\n' <../logs/binding | tail -1)
# Once it says that it is bound, it does what its word says.
case $word in stubborn | family) trap '' TERM ;; esac
mark bound
echo bindings >>../logs/bindings
echo "hello from the job"
case $word in
  quick) exit 0 ;;
  fail)
    echo 'Traceback (most recent call last):' >&2
    echo 'ModuleNotFoundError: No module named '"'pandas'" >&2
    exit 1
    ;;
  stubborn)
    while :; do sleep 1; done
    ;;
  family)
    # A child that left the group and the session, as PySpark's daemon leaves the group.
    setsid sleep 1000 &
    echo $! >../logs/grandchild
    sleep 1000 &
    wait
    sleep 1000
    ;;
  *) exec sleep 1000 ;;
esac
