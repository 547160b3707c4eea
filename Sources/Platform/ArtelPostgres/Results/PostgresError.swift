/// Why a statement, a transaction or a connection failed.
///
/// ``description`` is safe to log and to show: it names codes and constraints, never values.
/// ``debugDescription`` adds the server's own message, which may quote values.
public struct PostgresError: Error, Sendable {
  /// What happened, in terms a program can act on.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The word that names it.
    public let description: String

    init(_ description: String) {
      self.description = description
    }

    /// The server answered with an error; see ``PostgresError/sqlState``.
    public static let server = Code("server")
    /// No connection could be made or the connection was lost before the statement was sent.
    public static let connectionUnavailable = Code("connectionUnavailable")
    /// The connection was lost after a write was sent: it may or may not have been applied.
    public static let unknownOutcome = Code("unknownOutcome")
    /// No lease came free before the deadline.
    public static let poolExhausted = Code("poolExhausted")
    /// The statement ran longer than its limit.
    public static let timeout = Code("timeout")
    /// A value in a result is not of the type that the program asked for.
    public static let decoding = Code("decoding")
    /// The program used the driver in a way it refuses.
    public static let misuse = Code("misuse")
    /// The database was closed.
    public static let closed = Code("closed")
  }

  /// Who can do something about the failure.
  public enum Blame: Sendable {
    /// Trying again may succeed: serialization failures, deadlocks, lost connections, full pools.
    case retryable
    /// The request was wrong: constraints, invalid values.
    case caller
    /// The program or the server is wrong: syntax, missing tables, disk full, bugs.
    case server
  }

  /// What happened.
  public let code: Code
  /// The five-character SQLSTATE when the server answered; Appendix A of PostgreSQL's manual.
  public let sqlState: String?
  /// The constraint that refused, when the server named one.
  public let constraint: String?
  /// The table the server named.
  public let table: String?
  /// The column the server named.
  public let column: String?

  /// Whether a prepared statement was refused because the schema changed under it; it did nothing.
  let isStale: Bool

  private let message: String

  init(
    code: Code,
    message: String,
    sqlState: String? = nil,
    constraint: String? = nil,
    table: String? = nil,
    column: String? = nil,
    isStale: Bool = false
  ) {
    self.code = code
    self.message = message
    self.sqlState = sqlState
    self.constraint = constraint
    self.table = table
    self.column = column
    self.isStale = isStale
  }

  /// The value in a result is not what the program asked for.
  public static func decoding(_ message: String) -> PostgresError {
    PostgresError(code: .decoding, message: message)
  }

  /// The program used the driver or the model in a way that is refused.
  public static func misuse(_ message: String) -> PostgresError {
    PostgresError(code: .misuse, message: message)
  }

  /// Who can do something about it, by ``code`` and SQLSTATE class.
  public var blame: Blame {
    switch code {
    case .connectionUnavailable, .poolExhausted, .timeout: .retryable
    case .server: sqlState.map(PostgresError.blame(sqlState:)) ?? .server
    default: .server
    }
  }

  static func blame(sqlState: String) -> Blame {
    switch sqlState.prefix(2) {
    case "08", "40", "72": .retryable
    case "53": sqlState == "53100" ? .server : .retryable
    case "55": sqlState == "55P03" || sqlState == "55006" ? .retryable : .server
    case "57": sqlState == "57P04" ? .server : .retryable
    case "22", "23", "44": .caller
    case "P0": sqlState == "P0001" ? .caller : .server
    default: .server
    }
  }

  /// Whether a unique or exclusion constraint refused; compare ``constraint`` to see which.
  public var isUniqueViolation: Bool { sqlState == "23505" || sqlState == "23P01" }

  /// Whether a referenced row is missing, or still referenced.
  public var isForeignKeyViolation: Bool { sqlState == "23503" }

  /// Whether the transaction may succeed when run again: serialization failure or deadlock.
  public var isSerializationConflict: Bool { sqlState == "40001" || sqlState == "40P01" }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
  /// Safe to log and to show.
  public var description: String {
    var text = "PostgreSQL: \(code)"
    if let sqlState { text += " \(sqlState)" }
    if let constraint { text += ", constraint \(constraint)" }
    if let table { text += ", table \(table)" }
    if let column { text += ", column \(column)" }
    if sqlState == nil { text += ": \(message)" }
    return text
  }

  /// With the server's own message, which may quote values.
  public var debugDescription: String {
    sqlState == nil ? description : "\(description): \(message)"
  }
}
