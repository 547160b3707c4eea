import Accounts
import Admin
import ArtelEvents
import ArtelJobs
import ArtelMail
import ArtelOperations
import ArtelTelemetry
import ArtelWeb

extension Installation {
  /// The panel over everything that this process has.
  func admin(checks: [HealthCheck]) -> Admin {
    var parts = Admin.Parts()
    parts.queues = Stage.contexts.map { ($0, JobQueue(in: stage.database($0))) }
    parts.events = stage.events
    parts.databases = Stage.contexts.map { DatabaseInspection($0, in: stage.database($0)) }
    parts.slowStatements = stage.slowStatements
    parts.health = checks
    parts.settings = stage.settings.inEffect
    return Admin(
      accounts: accounts,
      parts: parts,
      pages: Pages(share: share, site: site),
      proof: stage.settings.panelProof
    )
  }
}

extension Settings {
  /// The settings as they are in effect; of secrets only whether they are set.
  var inEffect: [SettingInEffect] { serverInEffect + lettersInEffect }

  private var serverInEffect: [SettingInEffect] {
    [
      SettingInEffect("ARTEL_HOST", host),
      SettingInEffect("ARTEL_PORT", "\(port)"),
      SettingInEffect("ARTEL_URL", publicURL ?? "–"),
      SettingInEffect("ARTEL_DATA", dataDirectory),
      SettingInEffect("ARTEL_SHARE", shareDirectory),
      // It may hold a password.
      SettingInEffect("ARTEL_DATABASE_URL", databaseURL == nil ? "–" : "***"),
      SettingInEffect("ARTEL_REPLICA_URLS", "\(replicaURLs.count)"),
      SettingInEffect("ARTEL_TRUSTED_PROXIES", "\(trustedProxies.count)"),
      SettingInEffect("ARTEL_PICTURE_BYTES", "\(pictureBytes)"),
      SettingInEffect("ARTEL_PICTURE_PIXELS", "\(picturePixels)"),
      SettingInEffect("ARTEL_MEMBER_QUOTA", "\(memberQuotaBytes)"),
      SettingInEffect("ARTEL_CACHE_BYTES", "\(cacheBytes)"),
      SettingInEffect("ARTEL_CHECK_RATE", "\(checkBytesPerSecond)"),
      SettingInEffect("ARTEL_DEPARTURE_DAYS", "\(departureDays)"),
      SettingInEffect("ARTEL_LOG_DAYS", "\(logDays)"),
      SettingInEffect("ARTEL_PROOF_HOURS", "\(proofHours)"),
      SettingInEffect("ARTEL_ADMIN_SECOND_FACTOR", adminSecondFactor.rawValue),
      SettingInEffect("ARTEL_FETCH_FROM", fetchFrom.rawValue),
      SettingInEffect("ARTEL_BREACHED_PASSWORDS_FILE", breachedPasswordsFile ?? "–"),
      SettingInEffect("ARTEL_RATE_FACTOR", "\(rateFactor)"),
      SettingInEffect("ARTEL_BACKUP_DIRECTORY", backups.directory ?? "–"),
      SettingInEffect("ARTEL_BACKUP_TIMES", backups.times.expression),
      SettingInEffect("ARTEL_BACKUP_KEEP", "\(backups.keep)"),
      SettingInEffect("ARTEL_METRICS_FROM", "\(telemetry.access.addresses.count)"),
      SettingInEffect("ARTEL_METRICS_TOKEN", telemetry.access.token == nil ? "–" : "***"),
      SettingInEffect("ARTEL_OTLP_ENDPOINT", telemetry.destinations.collector ?? "–"),
      SettingInEffect("ARTEL_TRACE_SAMPLING", "\(telemetry.destinations.sampling)"),
      SettingInEffect("ARTEL_SENTRY_DSN", telemetry.destinations.faults == nil ? "–" : "***"),
    ]
  }

  private var lettersInEffect: [SettingInEffect] {
    [
      SettingInEffect("ARTEL_MAIL_URL", mail.address ?? "–"),
      SettingInEffect("ARTEL_MAIL_FROM", mail.sender.text),
      SettingInEffect("ARTEL_MAIL_PASSWORD", mail.hasPassword ? "***" : "–"),
      SettingInEffect("ARTEL_MAIL_CA_FILE", mail.server?.trustedCertificates ?? "–"),
      // Some services take their key in the address or in the body.
      SettingInEffect("ARTEL_SMS_URL", mail.gateway == nil ? "–" : "***"),
      SettingInEffect("ARTEL_SMS_BODY", mail.hasBody ? "***" : "–"),
      SettingInEffect("ARTEL_SMS_TOKEN", mail.hasToken ? "***" : "–"),
    ]
  }
}
