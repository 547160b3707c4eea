import ArtelIdentifiers
public import ArtelPostgres
import ArtelTelemetry

extension Transaction {
  /// Tells others that something happened, exactly if this transaction commits.
  ///
  /// Cost: one insert into `events.outbox_entries`. Consumers are woken after the commit, in memory and
  /// by a NOTIFY outside the transaction. What they do belongs to the trace of the present span.
  ///
  /// - Throws: `EncodingError`, ``ArtelPostgres/PostgresError``.
  public func publish(_ event: some Event) async throws {
    try await publish(contentsOf: [event])
  }

  /// Tells others of many things of one kind that happened, in their order, with one insert.
  public func publish<E: Event>(contentsOf events: [E]) async throws {
    guard !events.isEmpty else { return }
    let ids = events.map { _ in EventID.generate() }
    let aggregates = events.map(\.aggregate)
    let payloads = try events.map { JSONText(try EventPayload(encoding: $0).text) }
    _ = try await write(
      """
      insert into events.outbox_entries (event_id, name, version, aggregate, payload, traceparent)
      select event_id, \(E.name), \(Int32(E.version)), aggregate, payload,
        \(Span.current?.identity.description)
      from unnest(\(ids), \(aggregates), \(payloads))
        with ordinality as event (event_id, aggregate, payload, place)
      order by place
      """
    )
    signal(EventLog.topic)
  }
}
