import AccountsContract
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Crypto
import FoundationEssentials

extension Act {
  /// A script on a page failed.
  static let browserError = Act("browser.error", level: .error)
}

/// What a page's script tells of an error that nobody caught.
struct BrowserErrorForm: Form {
  /// What went wrong, in the browser's words.
  let message: String
  /// The path of the script; nil when the browser does not say.
  let source: String?
  /// The line in it, from 1.
  let line: Int?
  /// The path of the page, without its query.
  let page: String?

  init(_ fields: inout FormReader) {
    message = fields.string("message", .length(1...1000))
    source = Self.path(fields.optionalString("source", .length(0...500)))
    line = fields.optionalInteger("line", in: 0...10_000_000)
    page = Self.path(fields.optionalString("page", .length(0...500)))
  }

  /// What stands in front of query and fragment: these may hold what nobody else is to know.
  private static func path(_ text: String?) -> String? {
    text.map { String($0.prefix { $0 != "?" && $0 != "#" }) }
  }
}

extension BrowserErrorForm {
  /// Tells the same error from others: 16 hexadecimal digits over message, script and line.
  var fingerprint: String {
    let text = [message, source ?? "", "\(line ?? 0)"].joined(separator: "\u{0}")
    return Bytea(SHA256.hash(data: Array(text.utf8)).prefix(8)).hexadecimal
  }

  fileprivate var details: [String: String] {
    var details = ["message": message, "fingerprint": fingerprint]
    details["source"] = source
    details["line"] = line.map(String.init)
    details["page"] = page
    return details
  }
}

extension Accounts {
  /// Records an error of a page, unless the same one was recorded within the last hour.
  ///
  /// This node remembers what it was told; another one is asked through the log. Two nodes that are
  /// told at the same moment record it both.
  func record(
    _ error: BrowserErrorForm,
    of member: MemberID?,
    from origin: SessionOrigin
  ) async throws {
    guard limits.isFirstToTell(error.fingerprint) else { return }
    let now = clock.now()
    try await db.transaction { tx in
      let isKnown = try await tx.read(
        """
        select exists (
          select from (
            select done_at, details from system_log_entries where act = \(Act.browserError.name)
            order by position desc limit 500
          ) as latest
          where done_at > \(now - 3600) and details ->> 'fingerprint' = \(error.fingerprint)
        )
        """
      )[0].decode(Bool.self, at: 0)
      guard !isKnown else { return }
      tx.record(
        .browserError,
        by: member,
        about: nil,
        from: origin,
        details: error.details,
        at: now
      )
    }
  }
}
