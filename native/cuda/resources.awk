# Reads what ptxas -v says of kernels, one log per compute capability, and prints a table: registers
# for each, static shared memory. Fails where a kernel spills, or wants more shared memory than a
# block may have. From 10.0 on, for which no kernel is tuned, some bytes of spills are let pass.
#   awk -f resources.awk [-v quiet=1] sm_80.log sm_90a.log
/Compiling entry function/ {
  split($0, quoted, "'")
  kernel = quoted[2]
  arch = quoted[4]
  if (!(kernel in seen)) {
    seen[kernel] = 1
    names[++count] = kernel
  }
  if (!(arch in archs)) {
    archs[arch] = 1
    order[++num_archs] = arch
  }
}
/spill stores/ {
  limit = arch ~ /^sm_1[0-9][0-9]/ ? 256 : 0
  if ($5 > limit || $9 > limit) {
    printf "%s for %s spills more than %d bytes: %s\n", kernel, arch, limit, $0
    failed = 1
  } else if (!quiet && ($5 > 0 || $9 > 0)) {
    printf "%s for %s: %s\n", kernel, arch, $0
  }
}
/Used [0-9]+ registers/ {
  for (i = 1; i <= NF; i++) {
    if ($i == "Used") registers[kernel, arch] = $(i + 1)
    if ($i ~ /^smem/) shared[kernel] = $(i - 2)
  }
  if (shared[kernel] > 49152) {
    printf "%s has %d bytes of static shared memory, a block may have 49152\n", kernel, \
      shared[kernel]
    failed = 1
  }
}
END {
  if (!quiet) {
    printf "%-30s %8s", "kernel", "shared"
    for (a = 1; a <= num_archs; a++) printf " %8s", order[a]
    printf "  (registers)\n"
    for (k = 1; k <= count; k++) {
      printf "%-30s %8d", names[k], shared[names[k]]
      for (a = 1; a <= num_archs; a++) printf " %8d", registers[names[k], order[a]]
      printf "\n"
    }
  }
  exit failed || count == 0
}
