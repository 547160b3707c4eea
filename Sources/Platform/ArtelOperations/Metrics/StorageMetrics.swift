public import ArtelStorage
public import ArtelTelemetry
import FoundationEssentials

/// Shows what the last look at every stored file found.
public struct StorageMetrics: Sendable {
  private let files = MetricFamily(
    .gauge,
    "artel_storage_files",
    help: "Files that the last check read; absent before the first."
  )
  private let bytes = MetricFamily(
    .gauge,
    "artel_storage_bytes",
    help: "Bytes that these files had."
  )
  private let faults = MetricFamily(
    .gauge,
    "artel_storage_faulty_files",
    help: "Files that were not as they had been stored, by what was wrong.",
    labels: ["fault"]
  )
  private let checked = MetricFamily(
    .gauge,
    "artel_storage_last_check_timestamp_seconds",
    help: "When the last check ended, in seconds since 1970."
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from what the last check left; nothing is counted for a look.
  public func register(_ blobs: BlobStore, in registry: MetricRegistry) {
    registry.collect([files, bytes, faults, checked]) { samples in
      guard let check = try? await blobs.lastCheck(), let end = check.finishedAt else { return }
      samples.add(files, check.files)
      samples.add(bytes, check.bytes)
      samples.add(faults, check.damaged.count, "damaged")
      samples.add(faults, check.unreadable.count, "unreadable")
      samples.add(faults, check.missing.count, "missing")
      samples.add(faults, check.orphans.count, "orphaned")
      samples.add(checked, end.timeIntervalSince1970)
    }
  }
}
