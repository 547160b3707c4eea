public import ArtelEvents
import ArtelPostgres

extension TestDatabase {
  /// What this context has published of one kind, in the order of its log.
  public func published<E: Event>(_ type: E.Type) async throws -> [E] {
    let rows = try await read(
      """
      select payload, version from events.outbox_entries where name = \(E.name)
      order by epoch, xid, id
      """
    )
    return try rows.map { row in
      let payload: JSONText = try row.decode(at: 0)
      return try E.decode(EventPayload(payload.text), version: try row.decode(at: 1))
    }
  }
}

extension EventRelay {
  /// Delivers all there is, forgets that it was received, and delivers it once more.
  ///
  /// What a handler stores must be the same as after one delivery: that is what a replay does.
  ///
  /// - `contexts`: The logs that were read and the contexts of the consumers.
  public func deliverTwice(_ contexts: EventLog...) async throws {
    try await deliver()
    let overview = EventOverview(contexts)
    for lag in try await overview.lags() {
      _ = try await overview.replay(lag.consumer, of: lag.source, after: .beginning)
    }
    try await deliver()
  }
}
