/// Finds PostgreSQL's processes by the directory they work on, whoever started them.
enum ServerProcesses {
  /// Whether a process is a PostgreSQL server process of the cluster in `directory`.
  ///
  /// Its number alone proves nothing, and neither does its place: an operator's shell may stand there.
  static func isAtWork(_ processID: Int32, in directory: String) -> Bool {
    SystemCall.target(ofLink: "/proc/\(processID)/cwd") == SystemCall.resolved(directory)
      && SystemCall.contents(of: "/proc/\(processID)/comm") == "postgres\n"
  }

  /// The server processes of a cluster, the postmaster included.
  static func atWork(in directory: String) -> [ChildProcess] {
    all.filter { isAtWork($0, in: directory) }.compactMap(ChildProcess.existing)
  }

  /// `initdb` and the programs it starts to make a cluster in `directory`.
  static func making(_ directory: String) -> [ChildProcess] {
    let argument = "--pgdata=\(directory)"
    let variable = "PGDATA=\(directory)"
    return all.filter { number in
      has(argument, in: "/proc/\(number)/cmdline") || has(variable, in: "/proc/\(number)/environ")
    }.compactMap(ChildProcess.existing)
  }

  private static var all: [Int32] {
    (SystemCall.names(in: "/proc") ?? []).compactMap(Int32.init)
  }

  private static func has(_ entry: String, in path: String) -> Bool {
    SystemCall.contents(of: path)?.split(separator: "\0").contains { $0 == entry } ?? false
  }
}
