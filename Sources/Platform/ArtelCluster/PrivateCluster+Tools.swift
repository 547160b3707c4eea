import ArtelConcurrency
import Glibc

extension PrivateCluster {
  /// Runs one of PostgreSQL's client programs, such as `pg_dump`, against a database as the superuser.
  ///
  /// It runs as this process's account and inherits neither environment nor open files. Cancelling
  /// the task ends the program.
  ///
  /// - `arguments`: What follows the connection's own arguments.
  /// - Throws: ``ClusterError/Code/toolRefused`` with the end of what the program wrote.
  public func run(_ program: String, _ arguments: [String], database: String) async throws {
    let connection = [
      "--host=\(socketDirectory)", "--port=\(SocketDirectory.port)",
      "--username=\(ClusterSettings.superuser)",
      "--no-password", "--dbname=\(database)",
    ]
    let executable = installation.path(of: program)
    // Neither is cancellable itself: the program must be collected even when nobody waits for it.
    let started = try await Task { [pool] in
      try await pool.run { try Tool.start(executable, connection + arguments, as: nil) }
    }.value
    let outcome = try await withTaskCancellationHandler {
      try await Task { [pool] in try await pool.run { started.finish() } }.value
    } onCancel: {
      started.process.signal(SIGTERM)
    }
    try Task.checkCancellation()
    guard outcome.exitCode == 0 else {
      throw ClusterError(
        .toolRefused,
        "\(program) ended with code \(outcome.exitCode) for \(database): \(outcome.output)"
      )
    }
  }
}
