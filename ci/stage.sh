# shellcheck shell=bash
# Sourced by the scripts beside it: stages with seconds, quiet unless they fail.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 6
mkdir -p build out

# One compiler per core, and 2.5 GB of memory for each: the largest file takes 2.2 GB under the sanitizers.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 2500000) }' /proc/meminfo)
  echo $((memory < 1 ? 1 : memory < cores ? memory : cores))
}

# stage NAME EXIT COMMAND...: output goes to build/NAME.log; on failure its end is shown and the script exits with EXIT.
# On a terminal ninja's [done/planned] is redrawn in place.
stage() {
  local name=$1 code=$2 log=build/$1.log start=$SECONDS home=''
  shift 2
  if [ -t 1 ]; then
    home=$'\r'
    printf '%-18s' "$name"
    "$@" 2>&1 </dev/null | tee "$log" | sed -un 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' | while read -r step; do printf '\r%-18s%-12s' "$name" "$step"; done
  else
    "$@" >"$log" 2>&1 </dev/null
  fi
  # shellcheck disable=SC2181 # one status for both branches
  if [ $? -eq 0 ]; then
    printf '%s%-18s%4d s        \n' "$home" "$name" $((SECONDS - start))
    return
  fi
  printf '%s%-18sfailed after %d s: %s\n' "$home" "$name" $((SECONDS - start)) "$*"
  grep -E -m 20 '(error|Error|FAILED)' "$log" || tail -n 40 "$log"
  printf '%s\n' "whole output: $log"
  exit "$code"
}
