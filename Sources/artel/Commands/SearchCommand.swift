import Accounts
import ArgumentParser
import ArtelEvents
import ArtelSearch
import ArtelTelemetry
import Foundation
import Gallery
import Search

/// Looks after the search index: `artel search`.
struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Show what the search index holds, and fill it anew.",
    subcommands: [Show.self, Rebuild.self],
    defaultSubcommand: Show.self
  )

  /// Says what the index holds and how far it is: `artel search show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what can be found, whether the index is being filled, and how late it is.",
      discussion: "May run beside the server. Reads every document: some time for millions."
    )

    @Flag(help: "Write one JSON object to standard output.")
    var json = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      let report = try await options.withStage(.besideServer) { stage in
        try await stage.migrate()
        return IndexReport(
          index: try await Search.overview(in: stage.database("search")),
          lags: try await stage.events.lags().filter { $0.consumer == "search" }
        )
      }
      if json {
        try Terminal.printJSON(report)
      } else {
        for line in report.lines { print(line) }
      }
    }
  }

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

/// What the index holds, and how far behind what happened in the apps it is.
private struct IndexReport: Encodable {
  let index: Search.Overview
  let lags: [EventLag]

  /// The same for people.
  var lines: [String] {
    let served = index.documents.reduce(0) { $0 + $1.documents }
    var lines = index.generations.compactMap { line(about: $0, besides: served) }
    for count in index.documents {
      lines.append("\(count.app) \(count.kind): \(count.documents)")
    }
    for lag in lags {
      lines.append(
        "reads \(lag.source): \(lag.events) behind, \(lag.milliseconds) ms; "
          + "\(lag.waiting) waiting, \(lag.queued) queued, \(lag.parked) parked"
      )
    }
    return lines
  }

  /// One line about a place for the index; nil for one that is empty and not in use.
  private func line(about generation: Search.GenerationSummary, besides served: Int) -> String? {
    let name = "generation \(generation.number)"
    let since = generation.since.ISO8601Format()
    switch generation.state {
    case "serving":
      let filling = generation.filledAt.map { "filled at \($0.ISO8601Format())" } ?? "never filled"
      return "\(name) serves since \(since), \(filling): \(served) documents, "
        + "\(generation.eras) eras, the fullest of \(generation.fullestEra)"
    case "building" where index.isBeingFilled:
      return "\(name) is being filled since \(since): \(generation.documents) documents"
    case "building":
      return "\(name) was given up with \(generation.documents) documents"
    default:
      guard generation.documents > 0 else { return nil }
      return "\(name) served until \(since): \(generation.documents) documents to be removed"
    }
  }
}

extension Stage {
  /// What every app shows, for the index over all of them.
  var searchSources: [any SearchSource] {
    [MemberDocuments(db: database("accounts")), PostDocuments(db: database("gallery"))]
  }
}
