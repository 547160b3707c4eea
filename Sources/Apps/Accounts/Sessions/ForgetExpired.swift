import ArtelJobs

/// Forgets stored answers, sessions and tokens whose time is over.
struct ForgetExpired: Job {
  static let kind = "accounts.expired.forget"
  // The next one comes in a minute and does what this one did not.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}
