import ArtelPostgres
public import Logging

extension EventLog {
  /// Tells this process of everything that is published from now on, until the task is cancelled.
  ///
  /// Of what was published a moment before, too, while older transactions of the cluster still run.
  /// For what a node keeps in memory, such as a cache: every node is told, and nothing is stored, so
  /// the next start begins at its own present. What must take effect once, whatever happens, is the
  /// matter of an ``EventConsumer``. While the database does not answer, events wait; none is left out.
  ///
  /// - Parameters:
  ///   - names: The names of the events to tell of.
  ///   - interval: How long at most until it looks by itself.
  ///   - logger: Told when the log cannot be read.
  ///   - began: Called once the beginning is settled: everything published before can be read by now,
  ///     so what was read earlier may be out of date.
  ///   - body: Called for each event in the order of the log.
  public func follow(
    _ names: [String],
    atLeastEvery interval: Duration = .seconds(1),
    logger: Logger,
    began: () async -> Void,
    _ body: (EventEntry) async -> Void
  ) async {
    var position: EventPosition?
    var isBehind = false
    for await _ in db.signals(on: EventLog.topic, atLeastEvery: interval) {
      do {
        if position == nil {
          position = try await end()
          await began()
        }
        while let next = position {
          let stretch = try await entries(after: next, limit: 100, names: names)
          for entry in stretch.entries where names.contains(entry.name) { await body(entry) }
          position = stretch.entries.last?.position ?? next
          guard stretch.isUnsettled || stretch.entries.count == 100 else { break }
          // Nobody signals the end of an older transaction that published nothing.
          if stretch.entries.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        }
        isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !isBehind {
          logger.warning(
            "Events cannot be followed",
            metadata: ["source": "\(context)", "error": "\(error)"]
          )
        }
        isBehind = true
      }
    }
  }

  /// The position of the last entry that nothing can come before any more: behind it stands everything
  /// of transactions that have not ended yet.
  ///
  /// Not that of the last transaction: a PostgreSQL that was killed gives those numbers again of which
  /// nothing was on disk yet.
  func end() async throws -> EventPosition {
    let row = try await db.read(
      """
      select current.number, last.epoch, last.xid, last.id
      from (select max(number) as number from events.log_epochs) as current
      left join lateral (
        select epoch, xid, id from events.outbox_entries
        where epoch < current.number or xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        order by epoch desc, xid desc, id desc limit 1
      ) as last on true
      """
    )[0]
    return EventPosition(
      epoch: try row.decode(Int?.self, at: 1) ?? row.decode(at: 0),
      xid: try row.decode(Int?.self, at: 2) ?? 0,
      entryID: try row.decode(Int?.self, at: 3) ?? 0
    )
  }
}
