import ArgumentParser
import ArtelCluster
import ArtelTelemetry
import Foundation
import Logging

/// The options of every command that touches data.
struct DataOptions: ParsableArguments {
  @Option(
    help:
      "Where everything is kept. ARTEL_DATA; default var/ of the checkout, as root /var/lib/artel/data."
  )
  var data: String?

  @Flag(help: "Say more on standard error.")
  var verbose = false

  /// The settings with these flags applied, as the user that owns the data.
  ///
  /// Started as root, the process becomes the system user `artel` here, before anything is opened.
  func settings() throws -> Settings {
    var settings = try Settings(
      environment: ProcessInfo.processInfo.environment,
      isRoot: geteuid() == 0,
      executable: DataOptions.executable
    )
    if let data { settings.dataDirectory = Settings.absolute(data) }
    if settings.databaseURL == nil { PostgresEnvironment.clear() }
    if geteuid() == 0 { try becomeSystemUser(settings.dataDirectory) }
    return settings
  }

  /// Starts this program again as the system user `artel`, with the same arguments; returns only on error.
  ///
  /// Giving up root in this process is not enough: the main thread of an asynchronous program stays
  /// what it was, and with it a way back.
  private func becomeSystemUser(_ dataDirectory: String) throws {
    try PrivilegeDrop.toSystemUser("artel", dataDirectory: dataDirectory)
    setenv("ARTEL_DATA", dataDirectory, 1)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    throw Settings.Invalid(
      name: "the user artel",
      allowed: "one who may run this program (\(String(cString: strerror(errno))))"
    )
  }

  /// Where this program's file is.
  static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  /// A logger that writes JSON lines to standard error.
  func logger(_ telemetry: Telemetry = Telemetry()) -> Logger {
    let outlet = LogOutlet(telemetry)
    var logger = Logger(label: "artel") { _ in JSONLogHandler(outlet) }
    logger.logLevel = verbose ? .debug : .info
    return logger
  }

  /// Runs `body` on a stage and strikes it afterwards.
  func withStage<Result: Sendable>(
    _ tenure: Stage.Tenure,
    _ body: (Stage) async throws -> Result
  ) async throws -> Result {
    let stage = try await Stage.set(try settings(), tenure: tenure, logger: logger())
    let result: Result
    do {
      result = try await body(stage)
    } catch {
      await stage.strike()
      throw error
    }
    await stage.strike()
    return result
  }
}
