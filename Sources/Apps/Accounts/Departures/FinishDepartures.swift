import ArtelJobs

/// Removes the members whose time of grace is over.
struct FinishDepartures: Job {
  static let kind = "accounts.departures.finish"
  // The next one comes in five minutes and does what this one did not.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}
