public import ArtelJobs

extension JobRunner {
  /// Runs what is queued, one job after the other, until nothing is left to do; no ``run()`` is needed.
  ///
  /// A job that fails is put back with its pause, or is dead, as when the program runs.
  ///
  /// - `early`: Also what is due later, each job once. Default false.
  /// - Returns: How many attempts were made.
  @discardableResult
  public func drain(early: Bool = false) async throws -> Int {
    try await drain(ignoringTimes: early)
  }
}
