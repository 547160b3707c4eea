import FoundationEssentials
import Glibc

/// Tells whether the process that made a database still lives.
struct TestProcess: Hashable, Sendable {
  let processID: Int32
  /// When it started, in clock ticks since boot; numbers of processes are used again.
  let startTicks: UInt64

  /// This process.
  static let current = TestProcess(
    processID: getpid(),
    startTicks: startTicks(of: getpid()) ?? 0
  )

  /// The beginning of the names of its databases.
  var databasePrefix: String { "test_\(processID)_\(startTicks)_" }

  /// Who made a database, by its name; nil for databases that no test made.
  init?(databaseName: String) {
    guard let match = databaseName.wholeMatch(of: /test_([0-9]+)_([0-9]+)_.*/),
      let processID = Int32(match.1), let startTicks = UInt64(match.2)
    else { return nil }
    self.init(processID: processID, startTicks: startTicks)
  }

  init(processID: Int32, startTicks: UInt64) {
    self.processID = processID
    self.startTicks = startTicks
  }

  var isAlive: Bool {
    TestProcess.startTicks(of: processID) == startTicks
  }

  /// Field 22 of `/proc/<pid>/stat` (proc(5)); the name before it may hold anything, so count from
  /// its closing parenthesis.
  private static func startTicks(of processID: Int32) -> UInt64? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(processID)/stat"),
      let close = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let fields = String(decoding: bytes[(close + 1)...], as: UTF8.self).split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }
}
