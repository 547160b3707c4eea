import ArgumentParser
import ArtelImports
import ArtelPostgres
import ArtelStorage
import ArtelTelemetry
import Foundation

/// Brings what other systems hold: `artel import`.
struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Bring members and what they posted from another system.",
    subcommands: [Imagehost.self]
  )

  /// Brings everything of an image host: `artel import imagehost`.
  struct Imagehost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring members, posts, comments, votes, tags, albums and follows of an image host.",
      discussion: """
        Reads a PostgreSQL database with the tables Users, Posts, Comments, Tags, Albums, Votes and Follows \
        as Sequelize makes them, and changes nothing in it. May run beside the server, be broken off at any \
        place, and run again: what is here already is left alone. docs/operations/import.md says what is \
        taken, and how.

        Exit codes: 0 everything was taken; 1 broken off, run it again; 2 done, but the report names what \
        was not taken.
        """
    )

    @Option(
      help:
        "The database, as a libpq address. ARTEL_IMPORT_FROM, where a password does not show in the process list."
    )
    var from: String?

    @Option(
      help:
        "Where the pictures are: a folder, or the address of the site. May be given several times."
    )
    var files: [String] = []

    @Option(
      help: "Where to write all remarks; default a new file in imports/ of the data directory."
    )
    var report: String?

    @OptionGroup var options: DataOptions

    func run() async throws {
      let address = from ?? ProcessInfo.processInfo.environment["ARTEL_IMPORT_FROM"] ?? ""
      guard !address.isEmpty else {
        throw ValidationError("--from is missing: a postgres:// address")
      }
      let places = try files.map { try ImportFiles.Place($0) }
      let wasComplete = try await options.withStage(.besideServer) { stage in
        try await stage.migrate()
        let remarks = try ImportReport(
          at: report.map(Settings.absolute) ?? ImportReport.path(in: stage.settings.dataDirectory)
        )
        let source = try Imagehost.source(address, on: stage)
        let installation = try await Installation(on: stage, executable: DataOptions.executable)
        do {
          try await bring(from: source, places, to: installation, remarks)
        } catch {
          await source.close()
          await installation.close()
          remarks.print()
          throw error
        }
        await source.close()
        await installation.close()
        remarks.print()
        return remarks.isComplete
      }
      if !wasComplete { throw ExitCode(2) }
    }

    private func bring(
      from source: Database,
      _ places: [ImportFiles.Place],
      to installation: Installation,
      _ remarks: ImportReport
    ) async throws {
      let scratch = try await installation.blobs.makeScratchFolder()
      let settings = installation.stage.settings
      let flow = ImportImagehost(
        installation: installation,
        tables: try ImagehostTables(try await ForeignDatabase(source)),
        files: ImportFiles(
          places: places,
          fetcher: settings.fetcher(
            on: installation.fetchThreads,
            installation.stage.telemetry.tracer
          ),
          limitBytes: settings.pictureBytes,
          folder: scratch.path,
          pool: installation.stage.pool
        ),
        report: remarks
      )
      do {
        try await flow.run()
      } catch {
        await scratch.remove()
        throw error
      }
      await scratch.remove()
    }

    private static func source(_ address: String, on stage: Stage) throws -> Database {
      var configuration = try DatabaseConfiguration(url: address)
      configuration.parameters["client_encoding"] = "UTF8"
      // One statement reads a whole table, as slowly as its rows are taken.
      configuration.slowStatement = .seconds(100 * 86_400)
      return Database(
        configuration,
        reactor: stage.reactor,
        pool: stage.pool,
        logger: stage.logger
      )
    }
  }
}
