import Accounts
import ArgumentParser
import ArtelCluster
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelRealtime
import ArtelTelemetry
import ArtelWeb
import Foundation
import Gallery
import Logging
import NIOCore
import Search
import ServiceLifecycle
import UnixSignals

/// Runs everything: `artel serve`.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve everything until Ctrl-C.",
    discussion: """
      Without ARTEL_DATABASE_URL a private PostgreSQL cluster is created and run in the data directory.
      Ctrl-C finishes the open requests, at most 20 seconds long, and stops; a second start finds everything.
      """
  )

  @Option(help: "The address to listen on. ARTEL_HOST; default 127.0.0.1, this machine only.")
  var host: String?

  @Option(help: "The port to listen on, 0 for any free one. ARTEL_PORT; default 8080.")
  var port: Int?

  @Flag(help: "Fill an empty Artel with demo members and pictures.")
  var demo = false

  @Flag(inversion: .prefixedNo, help: "Write one JSON line per request to standard output.")
  var accessLog = true

  @OptionGroup var options: DataOptions

  func validate() throws {
    if let port, !(0...65535).contains(port) {
      throw ValidationError("--port is not valid: a whole number from 0 to 65535")
    }
  }

  func run() async throws {
    var settings = try options.settings()
    settings.host = host ?? settings.host
    settings.port = port ?? settings.port
    let telemetry = Telemetry(to: settings.telemetry.destinations)
    let logger = options.logger(telemetry)
    let stage = try await Stage.set(
      settings,
      tenure: .serving,
      logger: logger,
      telemetry: telemetry
    )
    do {
      try await serve(on: stage, logger: logger)
    } catch {
      await stage.strike()
      throw error
    }
    await stage.strike()
  }

  private func serve(on stage: Stage, logger: Logger) async throws {
    try await stage.migrate()
    let installation = try await Installation(on: stage, executable: DataOptions.executable)
    if demo { try await FillWithDemo(installation: installation).fill() }
    let log = accessLog ? AccessLog(pool: stage.pool) : nil
    let setupPath = try await installation.accounts.setupPath()
    let (invitations, inviting) = AsyncStream.makeStream(of: String.self)
    let server = installation.server(accessLog: log) { port in
      let address = stage.settings.address(port: port)
      announce(address, setupPath: setupPath)
      if setupPath != nil { inviting.yield(address) }
      inviting.finish()
    }
    let services: [ServiceGroupConfiguration.ServiceConfiguration] = [
      // Stopped in the opposite order: what watches PostgreSQL outlives the last request.
      .init(service: BackgroundWork(installation: installation, invitations: invitations)),
      .init(service: server.application(), successTerminationBehavior: .gracefullyShutdownGroup),
    ]
    var configuration = ServiceGroupConfiguration(
      services: services,
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: logger
    )
    configuration.maximumGracefulShutdownDuration = .seconds(20)
    // Nobody may read what the log writes to, which must not keep the server from ending.
    let lastLines = LimitedWork(limit: .seconds(2)) { _ = await log?.flush() }
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch {
      await lastLines.value()
      throw (error as? IOError).flatMap { AddressRefused($0, settings: stage.settings) } ?? error
    }
    await lastLines.value()
    await installation.close()
  }

  private func announce(_ address: String, setupPath: String?) {
    var line = "Artel is at \(address)"
    if let setupPath { line += " – become its administrator at \(address)\(setupPath)" }
    LineWriter.standardError.write(line + "\n")
  }
}

/// What runs beside the server: the private cluster's watch and the apps' own rounds.
struct BackgroundWork: Service {
  let installation: Installation
  /// The address of the server, once it runs and has printed a set-up link.
  let invitations: AsyncStream<String>

  func run() async throws {
    // Ends last: the others tell it of their ends.
    let telemetry = Task { await installation.stage.telemetry.run() }
    await work()
    telemetry.cancel()
    await telemetry.value
  }

  private func work() async {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await installation.stage.cluster?.keepRunning() }
        group.addTask { await installation.accounts.run() }
        group.addTask { await installation.gallery.run() }
        group.addTask { await installation.search.run() }
        group.addTask { await installation.realtime.run() }
        group.addTask { await installation.events.run() }
        for runner in installation.jobs { group.addTask { await runner.run() } }
        group.addTask { await installation.tidyFiles() }
        group.addTask { await installation.followMembers() }
        group.addTask { await renewInvitations() }
        await group.waitForAll()
      }
    }
  }

  private func renewInvitations() async {
    for await address in invitations {
      await installation.accounts.renewSetupPath { path in
        let line = "The last link has expired – become the administrator at \(address)\(path)\n"
        LineWriter.standardError.write(line)
      }
    }
  }
}
