public import ArtelConcurrency
import Glibc

/// What the kernel knows of this process, under the names that Prometheus' own clients use.
public struct ProcessMetrics: Sendable {
  private let cpu = MetricFamily(
    .counter,
    "process_cpu_seconds_total",
    help: "Processor time used, in user and kernel mode."
  )
  private let resident = MetricFamily(
    .gauge,
    "process_resident_memory_bytes",
    help: "Memory that is in RAM."
  )
  private let virtual = MetricFamily(
    .gauge,
    "process_virtual_memory_bytes",
    help: "Address space in use."
  )
  private let descriptors = MetricFamily(
    .gauge,
    "process_open_fds",
    help: "Open files, sockets and pipes."
  )
  private let descriptorLimit = MetricFamily(
    .gauge,
    "process_max_fds",
    help: "Most files, sockets and pipes that may be open."
  )
  private let threads = MetricFamily(.gauge, "process_threads", help: "Threads.")
  private let start = MetricFamily(
    .gauge,
    "process_start_time_seconds",
    help: "When the process began, in seconds since 1970."
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from `/proc`, on a thread of `pool`.
  public func register(in registry: MetricRegistry, pool: BlockingPool) {
    let families = [cpu, resident, virtual, descriptors, descriptorLimit, threads, start]
    registry.collect(families) { samples in
      guard let reading = try? await pool.run({ ProcessReading() }) else { return }
      samples.add(cpu, reading.cpuSeconds)
      samples.add(resident, reading.residentBytes)
      samples.add(virtual, reading.virtualBytes)
      samples.add(descriptors, reading.descriptors)
      samples.add(descriptorLimit, reading.descriptorLimit)
      samples.add(threads, reading.threads)
      samples.add(start, reading.startSeconds)
    }
  }
}

/// One look at `/proc/self`; blocks shortly.
///
/// Source: proc(5).
struct ProcessReading: Sendable {
  var cpuSeconds = 0.0
  var residentBytes = 0
  var virtualBytes = 0
  var descriptors = 0
  var descriptorLimit = 0
  var threads = 0
  var startSeconds = 0.0

  init() {
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    // Counted from the state behind the program's name, which may hold spaces and parentheses.
    let stat = Self.text(of: "/proc/self/stat")
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    if fields.count > 21 {
      cpuSeconds = ((Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)) / ticks
      threads = Int(fields[17]) ?? 0
      virtualBytes = Int(fields[20]) ?? 0
      residentBytes = (Int(fields[21]) ?? 0) * Int(getpagesize())
      let bootLine = Self.text(of: "/proc/stat").split(separator: "\n")
        .first { $0.hasPrefix("btime ") }
      let boot = bootLine.flatMap { Double($0.dropFirst(6)) } ?? 0
      startSeconds = boot + (Double(fields[19]) ?? 0) / ticks
    }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      descriptorLimit = Int(clamping: limit.rlim_cur)
    }
    if let directory = opendir("/proc/self/fd") {
      while readdir(directory) != nil { descriptors += 1 }
      closedir(directory)
      // Itself, its parent, and the directory that was read.
      descriptors -= 3
    }
  }

  private static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
