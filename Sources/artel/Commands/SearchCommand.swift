import Accounts
import ArgumentParser
import ArtelSearch
import ArtelTelemetry
import Foundation
import Gallery
import Search

/// Looks after the search index: `artel search`.
struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Fill the search index anew.",
    subcommands: [Rebuild.self]
  )

  /// Fills the index anew: `artel search rebuild`.
  struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fill the search index anew, while the old one serves.",
      discussion: """
        May run beside the server. When it is broken off, the old index serves on and the next rebuild \
        begins anew. Exit codes: 0 done; 1 another rebuild runs, or the database failed.
        """
    )

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withStage(.besideServer) { stage in
        try await stage.migrate()
        let isWatched = isatty(2) == 1
        let count = try await Search.rebuild(
          in: stage.database("search"),
          from: stage.searchSources
        ) { count async throws in
          guard isWatched else { return }
          LineWriter.standardError.write("\r\(count) documents")
        }
        if isWatched { LineWriter.standardError.write("\r") }
        print("\(count) documents are in the new index")
      }
    }
  }
}

extension Stage {
  /// What every app shows, for the index over all of them.
  var searchSources: [any SearchSource] {
    [MemberDocuments(db: database("accounts")), PostDocuments(db: database("gallery"))]
  }
}
