import ArtelTelemetry
import ArtelWeb
import Foundation

/// What the operator decides about metrics, traces and faults.
struct TelemetrySettings: Sendable {
  /// Who may read `/metrics`; default this machine.
  var access = MetricsAccess()

  /// Where traces and faults go; default nowhere.
  var destinations = Telemetry.Destinations()

  /// Reads the environment.
  ///
  /// - Throws: ``Settings/Invalid`` for the first setting that cannot be used.
  init(environment: [String: String]) throws {
    destinations.version = Version.current
    destinations.instance = ProcessInfo.processInfo.hostName
    if let token = try Settings.secret(
      "ARTEL_METRICS_TOKEN",
      "ARTEL_METRICS_TOKEN_FILE",
      environment
    ) {
      guard token.utf8.count >= 16 else {
        throw Settings.Invalid(name: "ARTEL_METRICS_TOKEN", allowed: "at least 16 characters")
      }
      access.token = token
    }
    if let ranges = try Settings.addresses("ARTEL_METRICS_FROM", environment) {
      access.addresses = ranges
    }
    if let text = environment["ARTEL_OTLP_ENDPOINT"], !text.isEmpty {
      guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https",
        url.host != nil, url.query == nil
      else {
        throw Settings.Invalid(
          name: "ARTEL_OTLP_ENDPOINT",
          allowed: "an address such as http://127.0.0.1:4318, without /v1/traces"
        )
      }
      destinations.collector = text
    }
    if let text = environment["ARTEL_TRACE_SAMPLING"], !text.isEmpty {
      guard let share = Double(text), (0...1).contains(share) else {
        throw Settings.Invalid(name: "ARTEL_TRACE_SAMPLING", allowed: "a number from 0 to 1")
      }
      destinations.sampling = share
    }
    if let dsn = try Settings.secret("ARTEL_SENTRY_DSN", "ARTEL_SENTRY_DSN_FILE", environment) {
      guard Telemetry.isFaultAddress(dsn) else {
        throw Settings.Invalid(
          name: "ARTEL_SENTRY_DSN",
          allowed: "an address such as https://KEY@sentry.example.org/1"
        )
      }
      destinations.faults = dsn
    }
  }
}

extension Settings {
  /// A secret from a variable, or from the file that another one names; nil when neither is set.
  ///
  /// - Throws: ``Settings/Invalid`` when both are set or the file cannot be read.
  static func secret(_ name: String, _ fileName: String, _ environment: [String: String]) throws
    -> String?
  {
    let value = environment[name].flatMap { $0.isEmpty ? nil : $0 }
    guard let path = environment[fileName], !path.isEmpty else { return value }
    guard value == nil else {
      throw Invalid(name: fileName, allowed: "either this or \(name), not both")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw Invalid(name: fileName, allowed: "a file that can be read")
    }
    let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return secret.isEmpty ? nil : secret
  }

  /// Addresses and ranges with commas; nil when the variable is not set.
  ///
  /// - Throws: ``Settings/Invalid`` for anything else.
  static func addresses(_ name: String, _ environment: [String: String]) throws -> [AddressRange]? {
    guard let list = environment[name], !list.isEmpty else { return nil }
    return try list.split(separator: ",").map { text in
      guard let range = AddressRange(String(text).trimmingCharacters(in: .whitespaces)) else {
        throw Invalid(name: name, allowed: "addresses or ranges such as 10.0.0.0/8, with commas")
      }
      return range
    }
  }
}
