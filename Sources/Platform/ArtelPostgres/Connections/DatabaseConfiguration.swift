internal import CPostgres

/// Where a database is and how much of it the program may use.
public struct DatabaseConfiguration: Sendable {
  /// libpq's connection keywords (`host`, `port`, `dbname`, `user`, `sslmode`, …), several hosts included.
  public var parameters: [String: String]

  /// Streaming replicas for reads marked with ``Database/stale(upTo:)``, each as libpq's connection
  /// keywords.
  ///
  /// Default none.
  public var replicas: [[String: String]] = []

  /// Connections that interleave reads.
  ///
  /// Default 2; more only helps when PostgreSQL has idle cores.
  public var sharedConnections = 2

  /// The most connections for writes and transactions at a time.
  ///
  /// Default 16: a lease is held until its commit is on the disk, and commits share that wait.
  public var leases = 16

  /// How long a read on the shared lane may run on the server.
  ///
  /// Default 2 s.
  public var readTimeout: Duration = .seconds(2)

  /// How long a call may wait for a connection before ``PostgresError/Code/poolExhausted``.
  ///
  /// Default 5 s.
  public var acquireTimeout: Duration = .seconds(5)

  /// How many calls may wait at once before further ones are refused.
  ///
  /// Default 20,000.
  public var waitingLimit = 20_000

  /// Statements slower than this are logged without their values.
  ///
  /// Default 1 s.
  public var slowStatement: Duration = .seconds(1)

  /// How long a lease may be idle before it is closed.
  ///
  /// Default 60 s.
  public var idleLease: Duration = .seconds(60)

  /// Prepared statements kept per connection.
  ///
  /// Default 256.
  public var preparedStatements = 256

  /// The defaults, with these connection keywords.
  public init(parameters: [String: String]) {
    self.parameters = parameters
  }

  /// Reads a `postgres://` URL or a keyword string as libpq understands it (PostgreSQL manual 34.1.1).
  ///
  /// - Throws: ``PostgresError/Code/misuse`` when libpq cannot parse it; the message never quotes it.
  public init(url: String) throws {
    guard let options = PQconninfoParse(url, nil) else {
      throw PostgresError.misuse("the database URL cannot be parsed")
    }
    defer { PQconninfoFree(options) }
    var parameters: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val {
        parameters[String(cString: keyword)] = String(cString: value)
      }
      option += 1
    }
    self.init(parameters: parameters)
  }

  /// Whether several servers are named, one of which is the primary.
  var hasSeveralHosts: Bool {
    ["host", "hostaddr"].contains { parameters[$0]?.contains(",") ?? false }
  }

  /// Which of several servers will do (`target_session_attrs`, PostgreSQL manual 34.1.2).
  ///
  /// Several servers without one mean the primary. In a session that is set to read only, libpq
  /// takes the primary for read only too, so there it is asked for by its role.
  func targetSession(isReadOnly: Bool) -> String? {
    let target = parameters["target_session_attrs"] ?? (hasSeveralHosts ? "read-write" : nil)
    switch target {
    case "read-write" where isReadOnly: return "primary"
    case "read-only" where isReadOnly: return "standby"
    default: return target
    }
  }
}
