public import Foundation

/// A file in the data directory whose date is that of the last complete backup, for whoever watches
/// that there is one.
public struct BackupMark: Sendable {
  private let path: String

  /// The mark of an installation, whether it is there or not.
  public init(dataDirectory: String) {
    path = "\(dataDirectory)/last-backup"
  }

  /// When the last backup was complete; nil while there is none.
  ///
  /// Blocks shortly.
  public var date: Date? {
    try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
  }

  /// Notes that a backup is complete.
  ///
  /// Blocks shortly.
  public func set() throws {
    try Data().write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
  }
}
