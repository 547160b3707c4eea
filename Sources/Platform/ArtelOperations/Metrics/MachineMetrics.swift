public import ArtelConcurrency
public import ArtelPictures
public import ArtelTelemetry
import Foundation
import Glibc

/// Shows threads, disk and program.
public struct MachineMetrics: Sendable {
  private let busy = MetricFamily(
    .gauge,
    "artel_pool_busy_threads",
    help: "Threads that run a call that blocks, by pool.",
    labels: ["pool"]
  )
  private let waiting = MetricFamily(
    .gauge,
    "artel_pool_waiting",
    help: "Calls that wait for a thread, by pool.",
    labels: ["pool"]
  )
  private let free = MetricFamily(
    .gauge,
    "artel_disk_free_bytes",
    help: "Room that is left for Artel's user on the disk of the data directory."
  )
  private let size = MetricFamily(
    .gauge,
    "artel_disk_size_bytes",
    help: "Size of the disk of the data directory."
  )
  private let backup = MetricFamily(
    .gauge,
    "artel_backup_last_success_timestamp_seconds",
    help: "When the last backup was complete, in seconds since 1970; absent while there is none."
  )
  private let build = MetricFamily(
    .gauge,
    "artel_build_info",
    help: "Always 1; the version of the program is its label.",
    labels: ["version"]
  )

  /// Names the metrics.
  public init() {}

  /// Has the pools' metrics collected; pools of one name are added up, as a series may come once.
  public func register(_ pools: [BlockingPool], in registry: MetricRegistry) {
    let poolsByName = Dictionary(grouping: pools, by: \.name)
    let names = poolsByName.keys.sorted()
    registry.collect([busy, waiting]) { samples in
      for name in names {
        var busyThreads = 0
        var waitingCalls = 0
        for pool in poolsByName[name] ?? [] {
          let activity = pool.activity
          busyThreads += activity.busyThreads
          waitingCalls += activity.waiting
        }
        samples.add(busy, busyThreads, name)
        samples.add(waiting, waitingCalls, name)
      }
    }
  }

  /// Has disk, last backup and version collected.
  public func register(
    dataDirectory: String,
    version: String,
    pool: BlockingPool,
    in registry: MetricRegistry
  ) {
    registry.collect([build]) { samples in samples.add(build, 1, version) }
    registry.collect([free, size, backup]) { samples in
      let found = try? await pool.run {
        (Self.disk(of: dataDirectory), BackupMark(dataDirectory: dataDirectory).date)
      }
      guard let (disk, date) = found else { return }
      if let disk {
        samples.add(free, disk.free)
        samples.add(size, disk.size)
      }
      if let date { samples.add(backup, date.timeIntervalSince1970) }
    }
  }

  private static func disk(of directory: String) -> (free: Double, size: Double)? {
    var system = statvfs()
    guard statvfs(directory, &system) == 0 else { return nil }
    let block = Double(system.f_frsize)
    return (Double(system.f_bavail) * block, Double(system.f_blocks) * block)
  }
}

/// Counts what the picture workers do.
public struct PictureMeter: Sendable {
  private static let seconds = MetricFamily(
    .histogram,
    "artel_picture_seconds",
    help: "Time a picture worker took for one thing it was asked to do."
  )
  private static let outcomes = MetricFamily(
    .counter,
    "artel_pictures_total",
    help: "What picture workers were asked to do, by how it ended.",
    labels: ["outcome"]
  )

  private let seconds: Histogram
  private let outcomes: [PictureRecord.Outcome: Counter]

  /// Makes a meter.
  public init(in registry: MetricRegistry) {
    seconds = registry.histogram(Self.seconds)
    var outcomes: [PictureRecord.Outcome: Counter] = [:]
    for outcome in PictureRecord.Outcome.allCases {
      outcomes[outcome] = registry.counter(Self.outcomes, outcome.rawValue)
    }
    self.outcomes = outcomes
  }

  /// Counts one record; given to a `PictureWorkshop` as its observer.
  public func observe(_ record: PictureRecord) {
    seconds.observe(nanoseconds: record.nanoseconds)
    outcomes[record.outcome]?.add()
  }
}
