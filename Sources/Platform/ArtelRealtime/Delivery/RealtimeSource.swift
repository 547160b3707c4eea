public import ArtelWeb

/// A log, the topics in it, and who may be told of its updates.
public struct RealtimeSource: Sendable {
  /// A topic that clients can follow.
  public struct Topic: Sendable {
    /// Its name in requests and in ``Audience/topic(_:)``.
    public let name: String

    /// Who may follow it; nil is a guest.
    public let isOpen: @Sendable (Principal?) -> Bool

    /// Makes a topic; by default everybody may follow it.
    public init(_ name: String, isOpen: @escaping @Sendable (Principal?) -> Bool = { _ in true }) {
      self.name = name
      self.isOpen = isOpen
    }
  }

  /// Where the updates are.
  public let log: UpdateLog

  /// What can be followed in it.
  public let topics: [Topic]

  /// Which updates their audiences may still be told of, in the same order.
  ///
  /// Asked once for a batch when it is delivered, as what an update is about may have been hidden since.
  let mayStillBeTold: @Sendable ([LiveUpdate]) async throws -> [Bool]

  /// Makes a source.
  public init(
    log: UpdateLog,
    topics: [Topic],
    mayStillBeTold: @escaping @Sendable ([LiveUpdate]) async throws -> [Bool]
  ) {
    self.log = log
    self.topics = topics
    self.mayStillBeTold = mayStillBeTold
  }

  /// A page without the entries that may not be told any more.
  func permitted(_ page: UpdateLog.Page) async throws -> UpdateLog.Page {
    guard !page.entries.isEmpty else { return page }
    let permissions = try await mayStillBeTold(page.entries.map(\.update))
    var permitted = page
    permitted.entries = zip(page.entries, permissions).filter(\.1).map(\.0)
    return permitted
  }
}
