public import ArtelPostgres

/// What a context does about events: handlers, and the database in which they take effect.
///
/// A handler changes only what its transaction stores: that, the note that the event was received and the
/// position are committed together, so each event takes effect once, although it may be delivered again.
/// Whatever a handler does outside its transaction may happen more often.
///
/// ```swift
/// var events: EventConsumer {
///   EventConsumer("gallery", in: db)
///     .on(MemberChanged.self) { event, tx async throws in try await Member.see(event.card, in: tx) }
/// }
/// ```
public struct EventConsumer: Sendable {
  /// Names it for ever, as its position is stored under it; unique in the whole installation.
  public let name: String

  let db: Database
  private(set) var handlers: [String: Handler] = [:]

  /// One event ready to take effect.
  typealias Effect = @Sendable (Transaction) async throws -> Void

  struct Handler: Sendable {
    let version: Int
    let effect: @Sendable (EventEntry, EventPayload) throws -> Effect
  }

  /// Names a consumer that stores what it does in `db`.
  ///
  /// - `name`: Lower-case words with dots, such as `gallery` or `search.documents`.
  public init(_ name: String, in db: Database) {
    self.name = name
    self.db = db
  }

  /// Adds a handler; it receives every event of that name, each in the order of its aggregate.
  ///
  /// - `handle`: Throwing puts the event aside and tries it again later; see
  ///   ``EventRelay/Options``.
  public func on<E: Event>(
    _ type: E.Type,
    _ handle: @escaping @Sendable (E, Transaction) async throws -> Void
  ) -> EventConsumer {
    on(type) { event, _, tx in try await handle(event, tx) }
  }

  /// Adds a handler that also looks at how the event stands in the log: its id, its time, its trace.
  public func on<E: Event>(
    _ type: E.Type,
    _ handle: @escaping @Sendable (E, EventEntry, Transaction) async throws -> Void
  ) -> EventConsumer {
    precondition(handlers[E.name] == nil, "\(name) has two handlers for \(E.name)")
    var consumer = self
    consumer.handlers[E.name] = Handler(version: E.version) { entry, payload in
      let event = try E.decode(payload, version: entry.version)
      return { tx in try await handle(event, entry, tx) }
    }
    return consumer
  }

  /// The contexts whose events it handles.
  var sources: Set<String> {
    Set(handlers.keys.map { String($0.prefix { $0 != "." }) })
  }

  /// The events it handles.
  var names: [String] { handlers.keys.sorted() }

  /// What the event does; nil when the consumer does not handle it.
  ///
  /// - Throws: ``Undeliverable`` when it never can.
  func effect(of entry: EventEntry) throws -> Effect? {
    guard let handler = handlers[entry.name], let payload = entry.payload else { return nil }
    guard entry.version <= handler.version else {
      throw Undeliverable(
        reason: "version \(entry.version) is newer than \(handler.version), which is known here"
      )
    }
    do {
      return try handler.effect(entry, payload)
    } catch {
      throw Undeliverable(reason: "the payload cannot be read: \(error)")
    }
  }
}

/// Why an event is parked without another attempt.
struct Undeliverable: Error {
  let reason: String
}
