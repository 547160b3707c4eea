import Accounts
public import AccountsContract
public import ArgumentParser
import Foundation

/// Shows and verifies the system log: `artel log`.
struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Show what was done and by whom, and verify that nobody changed the log.",
    discussion:
      "Works beside a running server. docs/operations/system-log.md says what is recorded.",
    subcommands: [List.self, Verify.self],
    defaultSubcommand: List.self
  )

  /// The latest entries: `artel log list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the latest entries, newest first."
    )

    @Option(help: "Only acts of this name, such as session.opened, or of a noun, such as session.")
    var act: String?

    @Option(help: "Only what the member with this username did, or what was done to them.")
    var member: String?

    @Option(help: "Only this level and above: info, warning, error.")
    var level = LoggedAct.Level.info

    @Option(help: "The time from which on, such as 2026-03-01T12:00:00Z.")
    var since: String?

    @Option(help: "The time before which, such as 2026-03-01T12:00:00Z.")
    var until: String?

    @Option(help: "Only entries before this position.")
    var before: Int?

    @Option(help: "At most so many, from 1 to 10000.")
    var limit = 50

    @Flag(help: "Print JSON Lines, one entry each.")
    var json = false

    @OptionGroup var options: DataOptions

    func validate() throws {
      guard (1...10_000).contains(limit) else {
        throw ValidationError("--limit is not valid: a whole number from 1 to 10000")
      }
      for (name, text) in [("--since", since), ("--until", until)] {
        guard let text, Self.time(text) == nil else { continue }
        throw ValidationError("\(name) is not valid: a time such as 2026-03-01T12:00:00Z")
      }
    }

    func run() async throws {
      try await options.withAccounts { accounts in
        var filter = LogFilter()
        // `session` means the noun, as nothing is called by a noun alone.
        filter.act = act.map { $0.contains(".") ? $0 : "\($0)." }
        filter.level = level
        filter.since = since.flatMap(Self.time)
        filter.until = until.flatMap(Self.time)
        if let member {
          filter.member = try await accounts.memberID(login: member)
          guard filter.member != nil else { throw ValidationError("nobody is called \(member)") }
        }
        let entries = try await accounts.loggedActs(filter, before: before, limit: limit)
        for entry in entries { print(json ? try entry.jsonLine : entry.line) }
      }
    }

    private static func time(_ text: String) -> Date? {
      try? Date(text, strategy: .iso8601)
    }
  }

  /// Walks the whole log: `artel log verify`.
  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify that every entry is as it was recorded and vouches for the one before.",
      discussion: """
        Prints the end of the log as POSITION:DIGEST. Note it outside the database and give it with
        --mark later: whoever can write to the database could have made the whole log anew.

        Exit code 1 when an entry is missing or changed; the first one is named.
        """
    )

    @Option(help: "An entry noted earlier, POSITION:DIGEST, that must still be there.")
    var mark: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var options: DataOptions

    /// The log is not as it was recorded; what was printed says where.
    struct Broken: Error, CustomStringConvertible {
      let description = "the system log is broken; docs/operations/system-log.md says what to do"
    }

    func validate() throws {
      guard let mark, LogMark(mark) == nil else { return }
      throw ValidationError("--mark is not valid: a position, a colon and 64 hexadecimal digits")
    }

    func run() async throws {
      try await options.withAccounts { accounts in
        let verdict = try await accounts.verifyLog(since: mark.flatMap { LogMark($0) })
        print(json ? try verdict.json : verdict.text)
        if verdict.fault != nil { throw Broken() }
      }
    }
  }
}

extension LoggedAct.Level: ExpressibleByArgument {}

extension LoggedAct {
  /// One line of a list.
  ///
  /// What came from outside holds no line breaks: they do not get into the log.
  fileprivate var line: String {
    var line = "\(position)  \(at.formatted(.iso8601))  \(level.rawValue)  \(act)"
    if let actor { line += "  by \(actor)" }
    if let subject, subject != actor { line += "  about \(subject)" }
    if let address { line += "  from \(address)" }
    for (name, text) in details.sorted(by: { $0.key < $1.key }) { line += "  \(name)=\(text)" }
    if erasedAt != nil { line += "  (erased)" }
    return line
  }

  fileprivate var jsonLine: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .iso8601
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

extension LogVerdict {
  fileprivate var text: String {
    guard let fault, let brokenAt else {
      return "\(entries) entries are as they were recorded, \(erased) of them erased. End: \(end)"
    }
    let what =
      switch fault {
      case .missing: "is missing"
      case .changed: "is not as it was recorded"
      case .personalChanged: "has another address, program or other details than were recorded"
      case .erased: "was erased though nobody it concerns has left"
      case .cutOff: "should be the last one and is not"
      case .notAsNoted: "is not the one that was noted"
      }
    return "Entry \(brokenAt) \(what). The \(entries) before it are whole, up to \(end)"
  }

  fileprivate var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
