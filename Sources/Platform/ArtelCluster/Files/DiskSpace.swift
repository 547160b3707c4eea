import Glibc
import Logging

/// How much room the disk of a data directory has left.
public enum DiskSpace: Comparable, Sendable {
  /// Less than 48 MiB: PostgreSQL cannot be sure of the next three segments of its log, 16 MiB each.
  case full
  /// Less than 1 GiB.
  case low
  /// 1 GiB or more.
  case ample

  init(freeBytes: UInt64) {
    self = freeBytes < 48 << 20 ? .full : freeBytes < 1 << 30 ? .low : .ample
  }

  /// Looks at the disk.
  ///
  /// Blocks.
  ///
  /// - `dataDirectory`: From `/` on; need not exist yet.
  /// - Throws: ``ClusterError/Code/systemCall``.
  public static func left(for dataDirectory: String) throws -> DiskSpace {
    var place = dataDirectory[...]
    var system = statvfs()
    while statvfs(place.isEmpty ? "/" : String(place), &system) != 0 {
      guard errno == ENOENT, let slash = place.lastIndex(of: "/") else {
        throw SystemCall.refusal("measure the disk of", dataDirectory)
      }
      place = place[..<slash]
    }
    return DiskSpace(freeBytes: UInt64(system.f_bavail) * UInt64(system.f_frsize))
  }

  /// Refuses a disk that is full, for a health check.
  ///
  /// Blocks.
  ///
  /// - Throws: ``ClusterError/Code/diskFull``.
  public static func require(for dataDirectory: String) throws {
    guard try left(for: dataDirectory) > .full else {
      throw ClusterError(.diskFull, DiskWatch.warning(about: dataDirectory))
    }
  }
}

/// Says once what has changed about the disk.
struct DiskWatch {
  private var last = DiskSpace.ample

  /// What to log after looking at the disk, or nil while nothing has changed.
  mutating func notice(_ space: DiskSpace, in directory: String) -> (Logger.Level, String)? {
    guard space != last else { return nil }
    defer { last = space }
    return switch space {
    case .full: (.error, DiskWatch.warning(about: directory))
    case .low:
      (.warning, "Less than 1 GiB is free on the disk of \(directory); make room in time")
    case .ample: (.notice, "The disk of \(directory) has room again")
    }
  }

  static func warning(about directory: String) -> String {
    "The disk of \(directory) is full: nothing can be stored until space is freed; "
      + "nothing that was stored is lost, and everything goes on by itself then"
  }
}
