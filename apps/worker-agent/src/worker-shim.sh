#!/bin/sh
# Stands beside one JVM for its whole life, so that the agent may die and the next one still learns
# how the JVM ended. Runs in a session of its own, in the worker's folder.
#
#   worker-shim.sh <boot id> <program> <argument>...
#
# Files it leaves: pid ("<pid> <start ticks> <uptime> <boot id>"), bind (the FIFO that is the JVM's
# standard input), logs/stdout, logs/stderr, exit ("<exit code> <uptime>").
umask 077
boot=$1
shift
stamp() { read -r uptime rest </proc/uptime; }
start_ticks() {
  read -r stat <"/proc/$$/stat"
  # The name in parentheses may hold spaces; the start time is the 20th field after it.
  set -- ${stat##*) }
  ticks=${20}
}
start_ticks
stamp
# The file is created exclusively: a second shim for the same worker ends here.
set -C
echo "$$ $ticks $uptime $boot" 2>/dev/null >pid || exit 0
set +C
mkfifo bind
# Where the kernel weighs sessions against each other, a process's own niceness counts within its session
# only; best effort, for the kernel may ask for a pause between two such writes.
echo 10 2>/dev/null >"/proc/$$/autogroup" || :

interrupted=
trap 'interrupted=1' TERM INT HUP
cd work || exit 1
# Opened for reading and writing, so that neither side waits for the other and the end never comes.
"$@" <>../bind >../logs/stdout 2>../logs/stderr &
jvm=$!
cd ..
code=127
while :; do
  interrupted=
  previous=$code
  wait "$jvm"
  code=$?
  [ -n "$interrupted" ] || break
done
# 127 after an interruption: the code had already been collected when the signal came.
if [ "$code" = 127 ]; then code=$previous; fi
stamp
echo "$code $uptime" >exit.half
mv exit.half exit
