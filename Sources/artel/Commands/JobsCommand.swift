import ArgumentParser
import ArtelIdentifiers
import ArtelJobs
import Foundation

/// Shows and steers jobs: `artel jobs`.
struct JobsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Show what waits, runs and is dead; try again, call off.",
    discussion: "Works beside a running server. docs/operations/jobs.md says what to look at.",
    subcommands: [Summary.self, List.self, Show.self, Retry.self, Cancel.self],
    defaultSubcommand: Summary.self
  )

  /// Counts by kind, and the schedules: `artel jobs summary`.
  struct Summary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Count jobs by kind.")

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withQueues { queues in
        let summaries = try await JobSummary.all(queues)
        if json {
          try Terminal.printJSON(summaries)
        } else {
          for summary in summaries { print(summary.text) }
        }
      }
    }
  }

  /// The latest jobs: `artel jobs list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the latest jobs, newest first.")

    @Option(help: "Only this context's: \(Stage.contexts.joined(separator: ", ")).")
    var context: String?

    @Option(help: "Only these: \(JobState.allCases.map(\.rawValue).joined(separator: ", ")).")
    var state: String?

    @Option(help: "Only jobs of this kind.")
    var kind: String?

    @Option(help: "At most so many of each context.")
    var limit = 50

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: DataOptions

    func validate() throws {
      if let context, !Stage.contexts.contains(context) {
        throw ValidationError(
          "--context is not valid: one of \(Stage.contexts.joined(separator: ", "))"
        )
      }
      if let state, JobState(rawValue: state) == nil {
        throw ValidationError(
          "--state is not valid: one of \(JobState.allCases.map(\.rawValue).joined(separator: ", "))"
        )
      }
      if limit < 1 { throw ValidationError("--limit is not valid: a whole number from 1 on") }
    }

    func run() async throws {
      try await options.withQueues { queues in
        var entries: [JobEntry] = []
        for (name, queue) in queues where context == nil || context == name {
          entries += try await queue.entries(
            in: state.flatMap(JobState.init),
            of: kind,
            limit: limit
          )
        }
        if json {
          try Terminal.printJSON(entries)
        } else {
          for entry in entries { print(entry.line) }
        }
      }
    }
  }

  /// One job: `artel jobs show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show everything about a job.")

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withQueues { queues in
        let id = try JobID(argument: id)
        for (_, queue) in queues {
          if let entry = try await queue.entry(id) { return try Terminal.printJSON(entry) }
        }
        throw NoSuchJob(id: id)
      }
    }
  }

  /// Makes jobs due at once: `artel jobs retry`.
  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a dead, cancelled or waiting job now, or all dead ones."
    )

    @Argument(help: "The job's id.")
    var id: String?

    @Flag(help: "All dead jobs instead of one.")
    var dead = false

    @Option(help: "With --dead: only jobs of this kind.")
    var kind: String?

    @OptionGroup var options: DataOptions

    func validate() throws {
      if (id == nil) != dead { throw ValidationError("Give the id of a job, or --dead.") }
    }

    func run() async throws {
      try await options.withQueues { queues in
        guard let id else {
          var count = 0
          for (_, queue) in queues { count += try await queue.retryDead(of: kind) }
          return print("\(count) jobs run again")
        }
        let job = try JobID(argument: id)
        for (_, queue) in queues where try await queue.entry(job) != nil {
          guard try await queue.retry(job) else {
            throw ValidationError("It runs, is finished, or another job has its key.")
          }
          return print("\(id) runs again")
        }
        throw NoSuchJob(id: job)
      }
    }
  }

  /// Calls a job off: `artel jobs cancel`.
  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Call a job off; one that runs is asked to end."
    )

    @Argument(help: "The job's id.")
    var id: String

    @OptionGroup var options: DataOptions

    func run() async throws {
      try await options.withQueues { queues in
        let job = try JobID(argument: id)
        for (_, queue) in queues {
          switch try await queue.cancel(job) {
          case .running: return print("\(id) was asked to end")
          case .some: return print("\(id) is cancelled")
          case nil: continue
          }
        }
        throw NoSuchJob(id: job)
      }
    }
  }
}

/// What an operator looks for is not there, or has ended.
private struct NoSuchJob: Error, CustomStringConvertible {
  let id: JobID
  var description: String {
    "no job \(id) waits, runs or is dead; finished ones are kept for a day"
  }
}

extension JobID {
  fileprivate init(argument: String) throws {
    guard let id = JobID(argument) else {
      throw ValidationError("\(argument) is not the id of a job")
    }
    self = id
  }
}

/// The counts and the schedules of one context.
private struct JobSummary: Encodable {
  struct Kind: Encodable {
    let kind: String
    let queued: Int
    let running: Int
    let dead: Int
    let oldestDueSeconds: Double
  }

  let context: String
  let kinds: [Kind]
  let schedules: [ScheduleEntry]

  static func all(_ queues: [(String, JobQueue)]) async throws -> [JobSummary] {
    var summaries: [JobSummary] = []
    for (context, queue) in queues {
      let kinds = try await queue.statistics().map {
        Kind(
          kind: $0.kind,
          queued: $0.queued,
          running: $0.running,
          dead: $0.dead,
          oldestDueSeconds: $0.oldestDue / .seconds(1)
        )
      }
      let schedules = try await queue.schedules()
      summaries.append(JobSummary(context: context, kinds: kinds, schedules: schedules))
    }
    return summaries
  }

  var text: String {
    var lines = ["\(context):"]
    if kinds.isEmpty { lines.append("  nothing waits, runs or is dead") }
    for kind in kinds {
      var line = "  \(kind.kind): \(kind.queued) queued, \(kind.running) running, \(kind.dead) dead"
      if kind.oldestDueSeconds >= 1 { line += ", due for \(Int(kind.oldestDueSeconds)) s" }
      lines.append(line)
    }
    for schedule in schedules {
      lines.append(
        "  \(schedule.name) next at \(schedule.nextAt.formatted(.iso8601)) (\(schedule.expression))"
      )
    }
    return lines.joined(separator: "\n")
  }
}

extension JobEntry {
  /// One line of a list.
  fileprivate var line: String {
    var line = "\(id)  \(state.rawValue)  \(kind)  attempt \(attempts) of \(attemptsLimit)"
    if state == .queued { line += "  due \(dueAt.formatted(.iso8601))" }
    if let total, state == .running { line += "  \(done) of \(total)" }
    if let reason { line += "  \(reason)" }
    return line
  }
}

extension DataOptions {
  /// Runs `body` with the jobs of every context, beside a running server or without one.
  fileprivate func withQueues(
    _ body: ([(String, JobQueue)]) async throws -> Void
  ) async throws {
    try await withStage(.besideServer) { stage in
      try await stage.migrate()
      try await body(Stage.contexts.map { ($0, JobQueue(in: stage.database($0))) })
    }
  }
}
