/// What `postmaster.pid` tells about a postmaster (PostgreSQL 15, `miscadmin.h`, LOCK_FILE_LINE_*).
struct PostmasterFile: Equatable {
  /// How far the postmaster is.
  enum Status: String {
    case starting, stopping, ready, standby
  }

  let processID: Int32
  /// Nil until the socket is open.
  let socketDirectory: String?
  /// Nil until the postmaster has written it.
  let status: Status?

  /// Reads the file's text; nil when it does not name a process.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmed }
    guard let first = lines.first, let processID = Int32(first), processID > 0 else { return nil }
    self.processID = processID
    socketDirectory = lines.count > 4 && !lines[4].isEmpty ? lines[4] : nil
    status = lines.count > 7 ? Status(rawValue: lines[7]) : nil
  }

  /// Reads the file of a cluster; nil when there is none.
  static func read(in clusterDirectory: String) -> PostmasterFile? {
    SystemCall.contents(of: clusterDirectory + "/postmaster.pid").flatMap(PostmasterFile.init)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var rest = self
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest.drop(while: \.isWhitespace))
  }
}
