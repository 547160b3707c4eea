import ArgumentParser
import ArtelEvents
import ArtelIdentifiers
import Foundation

/// Looks after events: `artel events`.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Show how far events are, and retry, skip or replay them.",
    discussion: "Works beside a running server, which follows within a second, or without one.",
    subcommands: [List.self, Retry.self, Skip.self, Replay.self],
    defaultSubcommand: List.self
  )

  /// Shows lag and what was put aside: `artel events list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show how far behind each consumer is, and the events that were put aside."
    )

    @Flag(help: "Write one JSON object to standard output.")
    var json = false

    @Option(
      help: "How many events that were put aside are listed for each context, parked ones first."
    )
    var limit = 100

    @OptionGroup var options: DataOptions

    private struct Report: Encodable {
      let consumers: [EventLag]
      let deferred: [DeferredEvent]
    }

    func validate() throws {
      guard (1...10_000).contains(limit) else {
        throw ValidationError("--limit is not valid: a whole number from 1 to 10000")
      }
    }

    func run() async throws {
      try await options.withEvents { overview in
        let report = Report(
          consumers: try await overview.lags(),
          deferred: try await overview.deferredEvents(limit: limit)
        )
        if json {
          let encoder = JSONEncoder()
          encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
          encoder.dateEncodingStrategy = .iso8601
          print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
          show(report)
        }
      }
    }

    private func show(_ report: Report) {
      if report.consumers.isEmpty { print("Nobody has read any events yet.") }
      for lag in report.consumers {
        print(
          "\(lag.consumer) reads \(lag.source): \(lag.events) behind, \(lag.milliseconds) ms; "
            + "\(lag.waiting) waiting, \(lag.queued) queued, \(lag.parked) parked; at \(lag.position)"
        )
      }
      for event in report.deferred {
        print(
          "\(event.state) \(event.id) \(event.name) of \(event.aggregate) for \(event.consumer), "
            + "attempts \(event.attempts): \(event.reason ?? "not tried yet")"
        )
      }
      let all = report.consumers.reduce(0) { $0 + $1.waiting + $1.queued + $1.parked }
      if all > report.deferred.count {
        print("and \(all - report.deferred.count) more; --limit shows them")
      }
    }
  }

  /// Tries events again: `artel events retry`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let parked and waiting events be tried again now."
    )

    @Argument(help: "The id of one event; without it all that are parked or waiting.")
    var event: String?

    @OptionGroup var options: DataOptions

    func run() async throws {
      let id = try event.map { try EventsCommand.id($0) }
      try await options.withEvents { overview in
        let count = try await overview.retry(id, at: Date())
        if let event, count == 0 {
          throw ValidationError("the event \(event) is neither parked nor waiting")
        }
        print("\(count) events are tried again")
      }
    }
  }

  /// Gives events up: `artel events skip`.
  struct Skip: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give up an event that was put aside; what waits behind it goes on."
    )

    @Argument(help: "The id of the event.")
    var event: String

    @Option(help: "Only for this consumer; default each that put it aside.")
    var consumer: String?

    @OptionGroup var options: DataOptions

    func run() async throws {
      let id = try EventsCommand.id(event)
      try await options.withEvents { overview in
        let count = try await overview.skip(id, for: consumer, at: Date())
        guard count > 0 else { throw ValidationError("nobody put the event \(event) aside") }
        print("\(event) is given up")
      }
    }
  }

  /// Delivers events again: `artel events replay`.
  struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deliver events to a consumer again, from a position or a time on.",
      discussion: """
        Events are kept for \(keptDays) days from their publication on, and longer until everybody has \
        read them. Without --after and --since all that are kept are delivered again.
        """
    )

    private static let keptDays = Int(EventRelay.Options().retention / .seconds(86_400))

    @Argument(help: "The consumer, as in the list.")
    var consumer: String

    @Option(help: "The context whose events are delivered again.")
    var source: String

    @Option(help: "The position behind which to begin, as in the list.")
    var after: String?

    @Option(help: "The time from which on, such as 2026-03-01T12:00:00Z.")
    var since: String?

    @OptionGroup var options: DataOptions

    func validate() throws {
      guard after == nil || since == nil else {
        throw ValidationError("--after and --since exclude each other")
      }
      if let after, EventPosition(after) == nil {
        throw ValidationError("--after is not valid: three numbers with dashes, as in the list")
      }
      if let since, EventsCommand.time(since) == nil {
        throw ValidationError("--since is not valid: a time such as 2026-03-01T12:00:00Z")
      }
    }

    func run() async throws {
      try await options.withStage(.besideServer) { stage in
        try await stage.migrate()
        guard Stage.contexts.contains(source) else {
          throw ValidationError("--source is one of \(Stage.contexts.joined(separator: ", "))")
        }
        var position = after.flatMap { EventPosition($0) } ?? .beginning
        if let time = since.flatMap({ EventsCommand.time($0) }) {
          position = try await EventLog(source, in: stage.database(source)).position(before: time)
        }
        let count = try await stage.events.replay(consumer, of: source, after: position)
        guard let count else {
          throw ValidationError("nobody called \(consumer) reads the events of \(source)")
        }
        print("\(count) events are delivered again")
      }
    }
  }

  fileprivate static func id(_ text: String) throws -> EventID {
    guard let id = EventID(text) else {
      throw ValidationError("\(text) is no id of an event")
    }
    return id
  }

  fileprivate static func time(_ text: String) -> Date? {
    try? Date(text, strategy: .iso8601)
  }
}

extension Stage {
  /// The events of all contexts, as operators see them.
  var events: EventOverview {
    EventOverview(Stage.contexts.map { EventLog($0, in: database($0)) })
  }
}

extension DataOptions {
  /// Runs `body` on migrated databases, beside a running server or without one.
  fileprivate func withEvents(_ body: @Sendable (EventOverview) async throws -> Void) async throws {
    try await withStage(.besideServer) { stage in
      try await stage.migrate()
      try await body(stage.events)
    }
  }
}
