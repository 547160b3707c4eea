import ArtelAuth
import ArtelConcurrency
import ArtelTelemetry
import ArtelUploads
import ArtelWeb
import Foundation

/// What the operator decides, read once at start from flags and the environment.
struct Settings: Sendable {
  /// The address to listen on; default 127.0.0.1.
  var host = "127.0.0.1"

  /// The port to listen on, 0 for any free one; default 8080.
  var port = 8080

  /// Where the private cluster and the pictures are.
  var dataDirectory: String

  /// Templates, strings, assets and migrations.
  var shareDirectory: String

  /// The address people type, such as `https://artel.example.org`; nil takes host and port.
  var publicURL: String?

  /// A PostgreSQL server of the operator's own; nil runs the private cluster.
  var databaseURL: String?

  /// Replicas of that server; default none.
  var replicaURLs: [String] = []

  /// Metrics, traces and faults.
  var telemetry: TelemetrySettings

  /// Mails and text messages.
  var mail: MailSettings

  /// The proxies whose `X-Forwarded-For` is believed; default none.
  var trustedProxies: [AddressRange] = []

  /// The largest picture, in bytes; default 25 MiB.
  var pictureBytes = 25 * 1024 * 1024

  /// The most pixels of a picture over all its frames; default 50 million.
  var picturePixels = 50_000_000

  /// How much a member may store, in bytes; default 5 GiB.
  var memberQuotaBytes = 5 * 1024 * 1024 * 1024

  /// How much memory what is remembered may take, in bytes; default 32 MiB.
  var cacheBytes = 32 * 1024 * 1024

  /// How fast stored files are read when they are checked, in bytes per second; default 20 MiB.
  var checkBytesPerSecond = 20 * 1024 * 1024

  /// How long members who asked to leave can still stay, in days; 0 for departures at once; default
  /// 14.
  var departureDays = 14

  /// How long entries of the system log are kept, in days; default 400.
  var logDays = 400

  /// How old a proof of who acts may be in the panel and before keys are changed, in hours; default 12.
  var proofHours = 12

  /// Whether the panel opens only after a code or a passkey; default no, it then advises to set one up.
  var adminSecondFactor = AdminSecondFactor.advised

  /// How many times the usual number of attempts at signing up and in is allowed; default 1.
  var rateFactor = 1

  /// Where pictures may be fetched from by their addresses; default public addresses alone.
  var fetchFrom = FetchFrom.publicAddresses

  /// The file of passwords that nobody may choose, as they are known from breaches; nil, the default, for none.
  var breachedPasswordsFile: String?

  /// Where pictures may be fetched from.
  enum FetchFrom: String, CaseIterable, Sendable {
    case publicAddresses = "public"
    case anywhere
  }

  /// What the panel wants besides a password.
  enum AdminSecondFactor: String, CaseIterable, Sendable {
    case advised
    case required
  }

  /// Backups that the server takes by itself.
  var backups: BackupSettings

  /// A setting that cannot be used: which one, where it stands, and what is allowed.
  struct Invalid: Error, CustomStringConvertible {
    let name: String
    let allowed: String

    var description: String { "\(name) is not valid: \(allowed)" }
  }

  /// Reads the environment; flags are applied by the commands afterwards.
  ///
  /// - Throws: ``Invalid`` for the first setting that cannot be used.
  init(environment: [String: String], isRoot: Bool, executable: String) throws {
    let share = environment["ARTEL_SHARE"] ?? Settings.shareDirectory(besides: executable)
    shareDirectory = Settings.absolute(share)
    dataDirectory = Settings.absolute(
      environment["ARTEL_DATA"] ?? (isRoot ? "/var/lib/artel/data" : "\(shareDirectory)/../var")
    )
    if let host = environment["ARTEL_HOST"], !host.isEmpty { self.host = host }
    if let port = try Settings.number("ARTEL_PORT", in: 0...65535, environment) { self.port = port }
    if let bytes = try Settings.number("ARTEL_PICTURE_BYTES", in: 1024...1_073_741_824, environment)
    {
      pictureBytes = bytes
    }
    if let pixels = try Settings.number(
      "ARTEL_PICTURE_PIXELS",
      in: 10_000...1_000_000_000,
      environment
    ) {
      picturePixels = pixels
    }
    if let bytes = try Settings.number("ARTEL_MEMBER_QUOTA", in: 0...Int.max, environment) {
      memberQuotaBytes = bytes
    }
    if let bytes = try Settings.number("ARTEL_CACHE_BYTES", in: 65_536...Int.max, environment) {
      cacheBytes = bytes
    }
    if let bytes = try Settings.number("ARTEL_CHECK_RATE", in: 1024...Int.max, environment) {
      checkBytesPerSecond = bytes
    }
    departureDays = try Settings.number("ARTEL_DEPARTURE_DAYS", in: 0...365, environment) ?? 14
    logDays = try Settings.number("ARTEL_LOG_DAYS", in: 30...36_500, environment) ?? 400
    proofHours = try Settings.number("ARTEL_PROOF_HOURS", in: 1...720, environment) ?? 12
    adminSecondFactor = try Settings.choice("ARTEL_ADMIN_SECOND_FACTOR", environment) ?? .advised
    fetchFrom = try Settings.choice("ARTEL_FETCH_FROM", environment) ?? .publicAddresses
    rateFactor = try Settings.number("ARTEL_RATE_FACTOR", in: 1...1000, environment) ?? 1
    if let file = environment["ARTEL_BREACHED_PASSWORDS_FILE"], !file.isEmpty {
      breachedPasswordsFile = Settings.absolute(file)
    }
    publicURL = try Settings.publicURL(environment["ARTEL_URL"])
    trustedProxies = try Settings.addresses("ARTEL_TRUSTED_PROXIES", environment) ?? []
    telemetry = try TelemetrySettings(environment: environment)
    mail = try MailSettings(environment: environment, publicURL: publicURL)
    // Addresses may hold a password.
    databaseURL = try Settings.secret("ARTEL_DATABASE_URL", "ARTEL_DATABASE_URL_FILE", environment)
    let replicas = try Settings.secret("ARTEL_REPLICA_URLS", "ARTEL_REPLICA_URLS_FILE", environment)
    replicaURLs = (replicas ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
    if databaseURL == nil, !replicaURLs.isEmpty {
      throw Invalid(name: "ARTEL_REPLICA_URLS", allowed: "set together with ARTEL_DATABASE_URL")
    }
    backups = try BackupSettings(environment: environment, isPrivateCluster: databaseURL == nil)
    guard FileManager.default.fileExists(atPath: "\(shareDirectory)/templates") else {
      throw Invalid(name: "ARTEL_SHARE", allowed: "the folder share/ that came with this program")
    }
  }

  /// What administrators must have proved lately.
  var panelProof: ProofRule {
    ProofRule(
      lifetime: .seconds(proofHours * 3600),
      needsSecondFactor: adminSecondFactor == .required
    )
  }

  /// The list of passwords that nobody may choose, opened; nil for none.
  ///
  /// - Throws: ``Settings/Invalid`` when the file is no such list.
  func breachedPasswords(on threads: BlockingPool) throws -> BreachedPasswords? {
    do {
      return try breachedPasswordsFile.map { try BreachedPasswords(path: $0, pool: threads) }
    } catch let error as BreachedPasswordsError {
      throw Invalid(name: "ARTEL_BREACHED_PASSWORDS_FILE", allowed: error.description)
    }
  }

  /// What fetches pictures by their addresses.
  func fetcher(on threads: BlockingPool, _ tracer: Tracer) -> FileFetcher {
    let isEverybody = fetchFrom == .anywhere
    return FileFetcher(pool: threads, tracer: tracer) { isEverybody || $0.isPublic }
  }

  /// The address to print and to begin links with, while the server listens on `port`.
  func address(port: Int) -> String {
    let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
    return publicURL ?? "http://\(shown.contains(":") ? "[\(shown)]" : shown):\(port)"
  }

  /// Whether browsers reach the server over TLS, so that cookies must be secure.
  var isSecure: Bool { publicURL?.hasPrefix("https://") ?? false }

  static func number(
    _ name: String,
    in range: ClosedRange<Int>,
    _ environment: [String: String]
  ) throws -> Int? {
    guard let text = environment[name], !text.isEmpty else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Invalid(
        name: name,
        allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)"
      )
    }
    return number
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String,
    _ environment: [String: String]
  ) throws -> Choice? {
    guard let text = environment[name], !text.isEmpty else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw Invalid(name: name, allowed: Choice.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return choice
  }

  private static func publicURL(_ text: String?) throws -> String? {
    guard let text, !text.isEmpty else { return nil }
    guard let url = URL(string: text), url.scheme == "https" || url.scheme == "http",
      url.host != nil,
      url.path.isEmpty || url.path == "/", url.query == nil
    else {
      throw Invalid(name: "ARTEL_URL", allowed: "http:// or https://, a host, and no path")
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// `share/` beside an installed program (`bin/artel` and `share/`), or in the checkout it was built in.
  private static func shareDirectory(besides executable: String) -> String {
    var folder = URL(fileURLWithPath: executable).resolvingSymlinksInPath()
      .deletingLastPathComponent()
    for _ in 0..<5 {
      let candidate = folder.appendingPathComponent("share")
      if FileManager.default.fileExists(atPath: candidate.appendingPathComponent("templates").path)
      {
        return candidate.path
      }
      folder.deleteLastPathComponent()
    }
    return "share"
  }

  static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
