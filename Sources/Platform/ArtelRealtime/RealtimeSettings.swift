/// What open sockets may cost, and how long updates are kept.
public struct RealtimeSettings: Sendable {
  /// Most sockets of one member, or of one network of guests, on a node; default 20.
  public var socketsPerOwner = 20

  /// Most sockets of a node; default 12,000.
  public var socketsPerNode = 12_000

  /// Most updates that wait for a client that does not read; default 256.
  public var queuedUpdates = 256

  /// Most bytes that wait for a client that does not read; default 1 MiB.
  public var queuedBytes = 1_048_576

  /// How often a silent client is asked whether it is still there; default 25 seconds.
  public var pingInterval: Duration = .seconds(25)

  /// How long a client may take to read the end of its connection before that is cut; default 5 seconds.
  public var closingTime: Duration = .seconds(5)

  /// How long a socket lives before its client has to prove anew whose it is; default 1 hour.
  public var lifetime: Duration = .seconds(3600)

  /// How long updates are kept, and so how long a client may be away; default 7 days.
  public var retention: Duration = .seconds(7 * 86_400)

  /// How often old updates are removed; default 10 minutes.
  public var pruneInterval: Duration = .seconds(600)

  /// The shortest time between two readings of a log; default 10 ms.
  public var readPause: Duration = .milliseconds(10)

  /// How often a log is read although nobody said that it grew; default 1 second.
  public var pollInterval: Duration = .seconds(1)

  /// The default settings.
  public init() {}
}
