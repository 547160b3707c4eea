internal import DequeModule

/// What a connection still expects from the server, and what each reply means: a pure value.
///
/// The server answers in order. After a failure it skips everything up to the next sync, so what
/// stood behind the failing statement is reported as skipped and may be sent again.
struct ReplyQueue<Item, Value, Failure> {
  enum Expected {
    /// The answer to Parse; true once it is known that the statement exists.
    case prepare(StatementKey)
    /// The answer to a statement nobody waits for, such as deallocating a prepared one.
    case upkeep
    case statement(Item)
    case sync
  }

  /// One thing that libpq returned.
  enum Reply {
    case value(Value)
    case failure(Failure)
    case skipped
    case sync
    /// The nil that ends each statement's results.
    case end
    /// What no statement of a pipeline may be answered with, such as the start of a COPY.
    case unexpected
  }

  /// What the connection has to do about it.
  enum Action {
    case nothing
    case answer(Item, Value)
    case fail(Item, Failure)
    /// The statement was not run because another one before it failed.
    case skip(Item)
    /// Parse failed: the statement that follows fails with it, and the name is free.
    case forget(StatementKey)
    /// Everything sent so far is answered.
    case idle
    /// The reply does not fit what was sent: the connection is no longer understood.
    case confused
  }

  private var expected = Deque<Expected>()
  private var awaitsEnd = false
  private var failedPrepare: Failure?

  var isEmpty: Bool { expected.isEmpty }

  /// The statements not answered yet, oldest first.
  var items: [Item] {
    expected.compactMap { if case .statement(let item) = $0 { item } else { nil } }
  }

  mutating func expect(_ next: Expected) {
    expected.append(next)
  }

  mutating func removeAll() -> [Item] {
    defer {
      expected.removeAll()
      awaitsEnd = false
    }
    return items
  }

  mutating func receive(_ reply: Reply) -> Action {
    if case .end = reply {
      defer { awaitsEnd = false }
      return awaitsEnd ? .nothing : .confused
    }
    guard let head = expected.popFirst() else { return .confused }
    if case .sync = head {
      guard case .sync = reply else { return .confused }
      failedPrepare = nil
      return expected.isEmpty ? .idle : .nothing
    }
    awaitsEnd = true
    return action(for: head, reply)
  }

  private mutating func action(for head: Expected, _ reply: Reply) -> Action {
    switch (head, reply) {
    case (.statement(let item), .value(let value)):
      return .answer(item, value)
    case (.statement(let item), .failure(let failure)):
      return .fail(item, failure)
    case (.statement(let item), .skipped):
      // The statement whose Parse failed carries that failure; those behind it were only skipped.
      guard let failure = failedPrepare else { return .skip(item) }
      failedPrepare = nil
      return .fail(item, failure)
    case (.prepare(let key), .failure(let failure)):
      failedPrepare = failure
      return .forget(key)
    case (.prepare(let key), .skipped):
      return .forget(key)
    case (.prepare, .value), (.upkeep, .value), (.upkeep, .failure), (.upkeep, .skipped):
      return .nothing
    case (_, .sync), (_, .end), (_, .unexpected), (.sync, _):
      return .confused
    }
  }
}
