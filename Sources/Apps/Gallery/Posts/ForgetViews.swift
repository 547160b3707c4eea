import ArtelJobs

/// Forgets who opened which post more than an hour ago.
struct ForgetViews: Job {
  static let kind = "gallery.views.forget"
  // The next one comes in ten minutes and does what this one did not.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}
