import AccountsContract
import ArtelConcurrency
public import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelPostgres
import FoundationEssentials

extension Accounts {
  /// What Accounts does about events of other apps: it stores the notices they ask for, and records
  /// the acts they report.
  public var events: EventConsumer {
    noticeSources.reduce(EventConsumer("accounts", in: db)) { consumer, source in
      take(from: source, consumer)
    }
  }

  private func take(
    from source: (some NoticeSource).Type,
    _ consumer: EventConsumer
  ) -> EventConsumer {
    consumer.on(requests(by: source)) { event, entry, tx in
      // One that a replay brings after its time was over is not to come back.
      guard entry.occurredAt > clock.now() - Notice.lifetime else { return }
      let notice = Notice(
        // The same at every delivery, so that it is stored once.
        id: NoticeID(high: entry.id.high, low: entry.id.low),
        memberID: event.member,
        app: source.context,
        kind: event.kind,
        facts: JSONText(event.facts),
        createdAt: entry.occurredAt
      )
      let kind = source.noticeKinds.first { $0.name == event.kind }
      try await give(notice, causedBy: event.actor, bundledBy: kind?.bundledBy, in: tx)
    }
    .on(reports(by: source)) { event, entry, tx in
      // One that a replay brings after its time was over is not to come back.
      guard entry.occurredAt > clock.now() - TimeInterval(logRetention.components.seconds) else {
        return
      }
      try await tx.enqueue(RecordAct(event, entry))
    }
  }

  private func reports<Source: NoticeSource>(by source: Source.Type) -> ActReported<Source>.Type {
    ActReported<Source>.self
  }

  private func requests<Source: NoticeSource>(by source: Source.Type) -> NoticeRequested<
    Source
  >.Type {
    NoticeRequested<Source>.self
  }
}
