import Glibc

/// How much memory PostgreSQL may count on.
enum MachineMemory {
  /// The machine's memory, or the container's when that is less, in mebibytes.
  static func mebibytes() -> Int {
    let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let limit = SystemCall.contents(of: "/sys/fs/cgroup/memory.max")
      .flatMap { Int($0.prefix(while: \.isNumber)) }
    return max(256, min(machine, limit ?? machine) >> 20)
  }
}
