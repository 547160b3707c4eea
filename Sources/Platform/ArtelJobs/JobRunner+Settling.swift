import ArtelPostgres
import Logging

extension JobRunner {
  /// Stores what became of jobs; one that the database refuses holds up neither the others nor the
  /// runner.
  func store(_ settlements: [Settlement]) async throws {
    do {
      try await ledger.settle(settlements)
    } catch let error as PostgresError where error.blame == .caller {
      for settlement in settlements { try await storeAlone(settlement) }
    }
  }

  private func storeAlone(_ settlement: Settlement) async throws {
    do {
      try await ledger.settle([settlement])
    } catch let error as PostgresError where error.blame == .caller {
      logger.error(
        "What became of a job cannot be stored",
        metadata: [
          "kind": "\(settlement.job.kind)", "job": "\(settlement.job.id)", "error": "\(error)",
        ]
      )
      do {
        try await ledger.settle([settlement.plain(because: "\(error)")])
      } catch let error as PostgresError where error.blame == .caller {
        // Nothing can be said about it. When its hold is over, it counts as a silent node's.
      }
    }
  }
}
