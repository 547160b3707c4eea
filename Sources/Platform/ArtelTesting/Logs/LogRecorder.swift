public import Logging
import Synchronization

/// Keeps the lines of a log, of every level, for tests that read them.
public final class LogRecorder: Sendable {
  private let kept = Mutex<[LogEvent]>([])

  /// Makes one that has kept nothing yet.
  public init() {}

  /// Writes what it logs here.
  public var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

  /// What was logged, without the values beside it; the oldest first.
  public var messages: [String] { kept.withLock { $0.map { "\($0.message)" } } }

  /// Each line whole: its level, its message and the values beside it; the oldest first.
  public var lines: [String] {
    kept.withLock { $0.map { "\($0.level) \($0.message) \($0.metadata ?? [:])" } }
  }

  private struct Handler: LogHandler {
    let recorder: LogRecorder
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      recorder.kept.withLock { $0.append(event) }
    }
  }
}
