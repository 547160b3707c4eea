extension JobRunner {
  /// Runs what is queued, one job after the other on the calling task, until nothing is left to do.
  ///
  /// For tests, by way of `ArtelTesting`. What fails is put back with its pause, or is dead.
  ///
  /// - `ignoringTimes`: Also what is due later; a job that failed is then not taken again.
  /// - Returns: How many attempts were made.
  package func drain(ignoringTimes: Bool) async throws -> Int {
    var tried: Set<JobID> = []
    var count = 0
    while true {
      let rooms = handlers.keys.map { JobSlots.Room(kind: $0, count: 1) }
      let claimed = try await ledger.claim(rooms, total: 1, ignoringTimes: ignoringTimes)
      guard let job = claimed.first, let handler = handlers[job.kind] else { return count }
      guard tried.insert(job.id).inserted else {
        try await ledger.settle([Settlement(job: job, outcome: .handedBack, keeps: .zero)])
        return count
      }
      count += 1
      let run = JobRun(job, keeps: handler.options.keeps, ledger: ledger)
      let startedAt = ContinuousClock.now
      let outcome = await outcome(of: job, run, handler)
      meter.count(job.kind, outcome ?? .finished, took: .now - startedAt)
      if let outcome {
        let settlement = Settlement(job: job, outcome: outcome, keeps: handler.options.keeps)
        try await store([settlement])
      }
    }
  }
}
