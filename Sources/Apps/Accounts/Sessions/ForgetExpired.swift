import ArtelJobs

/// Forgets stored answers, sessions and tokens whose time is over.
struct ForgetExpired: Job {
  static let kind = "accounts.expired.forget"
  // The next one comes in a minute.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 1
    $0.keeps = .zero
  }
}
