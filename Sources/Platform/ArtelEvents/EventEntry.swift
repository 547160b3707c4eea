public import ArtelIdentifiers
import ArtelPostgres
public import FoundationEssentials

/// Marks the ids of events.
public enum PublishedEvent {}

/// Names an event at each of its deliveries; UUIDv7.
public typealias EventID = Identifier<PublishedEvent>

/// An event as the log keeps it.
public struct EventEntry: Sendable {
  /// Where it stands in the log of its context.
  public let position: EventPosition
  /// The same at every delivery.
  public let id: EventID
  /// What happened: `<context>.<noun>.<past>`.
  public let name: String
  /// The version of the payload's form.
  public let version: Int
  /// What it happened to.
  public let aggregate: String
  /// The event; nil when the reader asked for other names.
  public let payload: EventPayload?
  /// The span in which it was published, as in W3C Trace Context; nil without one.
  public let traceparent: String?
  /// When it was published, by the clock of its database.
  public let occurredAt: Date

  /// Reads the columns that ``columns(payload:)`` names, in their order.
  init(from row: PostgresRow) throws {
    position = try EventPosition(from: row, at: 0)
    id = try row.decode(at: 3)
    name = try row.decode(at: 4)
    version = try row.decode(at: 5)
    aggregate = try row.decode(at: 6)
    payload = try row.decode(JSONText?.self, at: 7).map { EventPayload($0.text) }
    traceparent = try row.decode(at: 8)
    occurredAt = try row.decode(at: 9)
  }

  /// How many columns an entry takes of a row.
  static let columnCount = 10
}
