import ArtelJobs

/// Forgets the answers to requests with an `Idempotency-Key` whose time is over.
struct ForgetAnswers: Job {
  static let kind = "gallery.answers.forget"
  // The next one comes in a minute.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 1
    $0.keeps = .zero
  }
}
