/// What a database's connections are doing, and what they did since the process began.
public struct DatabaseActivity: Sendable, Equatable {
  /// Leases that exist or are being opened.
  public var leases = 0
  /// Leases that rest, ready to be used.
  public var restingLeases = 0
  /// Calls that wait for a lease.
  public var waitingForLease = 0
  /// Connections of the shared lane that are open.
  public var sharedConnections = 0
  /// Reads that were sent on the shared lane and have no answer yet.
  public var sharedReads = 0
  /// Reads that wait to be sent on the shared lane.
  public var waitingReads = 0
  /// Connections of the shared lane that were passed by because their oldest read was late; total.
  public var lateReads = 0
  /// Connections that were made; total.
  public var opened = 0
  /// Connections that were lost while in use or at rest; total.
  public var lost = 0
  /// Connections of the shared lane that could not be made; total.
  public var refused = 0
}
