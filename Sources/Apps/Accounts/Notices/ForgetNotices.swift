import ArtelJobs
import ArtelPostgres
import FoundationEssentials

/// Deletes the notices whose time is over, read or not.
struct ForgetNotices: Job {
  static let kind = "accounts.notices.forget"
  // The next one comes in an hour.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 1
    $0.keeps = .zero
  }
}

extension Notice {
  /// The statement that deletes the oldest notices of a time that is over; rows in use are left to a
  /// later one.
  static func deletion(of count: Int, createdBefore limit: Date) -> SQL {
    """
    delete from notices where id = any(array(
      select id from notices where created_at <= \(limit)
      order by created_at limit \(count) for update skip locked
    ))
    """
  }
}
