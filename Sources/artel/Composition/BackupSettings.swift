import ArtelJobs
import Foundation

/// What the operator decides about backups that the server takes by itself.
struct BackupSettings: Sendable {
  /// Where they are put; nil, the default, for none.
  var directory: String?

  /// When they are taken, in UTC; default each night at 2:45.
  var times: CronSchedule = "45 2 * * *"

  /// How many are kept; default 7.
  var keep = 7

  /// Reads the environment.
  ///
  /// - Throws: ``Settings/Invalid`` for the first setting that cannot be used.
  init(environment: [String: String], isPrivateCluster: Bool) throws {
    if let text = environment["ARTEL_BACKUP_DIRECTORY"], !text.isEmpty {
      guard text.hasPrefix("/") else {
        throw Settings.Invalid(name: "ARTEL_BACKUP_DIRECTORY", allowed: "a path that begins with /")
      }
      guard isPrivateCluster else {
        throw Settings.Invalid(
          name: "ARTEL_BACKUP_DIRECTORY",
          allowed: "only with the private cluster; back up your own server with its tools"
        )
      }
      directory = Settings.absolute(text)
    }
    if let text = environment["ARTEL_BACKUP_TIMES"], !text.isEmpty {
      do {
        times = try CronSchedule(text)
      } catch {
        throw Settings.Invalid(
          name: "ARTEL_BACKUP_TIMES",
          allowed: "five fields as of a crontab, such as 45 2 * * *; \(error)"
        )
      }
    }
    keep = try Settings.number("ARTEL_BACKUP_KEEP", in: 1...1000, environment) ?? 7
  }
}
