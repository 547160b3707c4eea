public import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension SystemLogEntry {
  /// The entries that a filter lets through, in no order.
  static func matching(_ filter: LogFilter) -> Query<SystemLogEntry> {
    var query = SystemLogEntry.query
    if let act = filter.act {
      let isNoun = act.hasSuffix(".")
      query = query.where(isNoun ? "starts_with(act, \(act))" : "act = \(act)")
    }
    if let member = filter.member {
      query = query.where { $0.actorID == member || $0.subjectID == member }
    }
    switch filter.level {
    case .info: break
    case .warning: query = query.where("level in ('warning', 'error')")
    case .error: query = query.where("level = 'error'")
    }
    if let since = filter.since { query = query.where { $0.doneAt >= since } }
    if let until = filter.until { query = query.where { $0.doneAt < until } }
    return query
  }

  /// The entry for people outside Accounts.
  var logged: LoggedAct {
    LoggedAct(
      position: position,
      at: doneAt,
      act: act,
      level: LoggedAct.Level(rawValue: level.rawValue) ?? .error,
      actor: actorID,
      subject: subjectID,
      address: address,
      userAgent: userAgent,
      details: texts,
      erasedAt: erasedAt,
      digest: digest.hexadecimal
    )
  }

  /// The details by name; none once they are erased.
  var texts: [String: String] {
    guard let details, case .object(let values)? = try? JSONValue(parsing: details.text.utf8)
    else { return [:] }
    return values.compactMapValues { value in
      guard case .string(let text) = value else { return nil }
      return text
    }
  }
}

extension Accounts {
  /// Some entries of the system log, newest first, by one statement.
  ///
  /// - Parameters:
  ///   - filter: Which ones.
  ///   - position: Only those before this position; nil, the default, begins with the newest.
  ///   - limit: At most so many.
  /// - Returns: The entries.
  /// - Throws: `PostgresError`.
  public func loggedActs(
    _ filter: LogFilter,
    before position: Int? = nil,
    limit: Int
  ) async throws -> [LoggedAct] {
    var query = SystemLogEntry.matching(filter).order { $0.position.descending }.limit(limit)
    if let position { query = query.where { $0.position < position } }
    return try await query.all(in: db).map(\.logged)
  }

  /// The id of the member with this username or e-mail address; nil when there is none.
  public func memberID(login: String) async throws -> MemberID? {
    try await Member.withLogin(login, in: db)?.id
  }
}

extension Bytea {
  /// Two lowercase digits for each byte.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self
    )
  }
}
