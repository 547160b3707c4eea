import ArtelJobs

/// Forgets the answers to requests with an `Idempotency-Key` whose time is over.
struct ForgetAnswers: Job {
  static let kind = "gallery.answers.forget"
  // The next one comes in a minute and does what this one did not.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}
