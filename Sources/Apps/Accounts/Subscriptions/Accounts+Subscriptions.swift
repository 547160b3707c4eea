import AccountsContract
import ArtelConcurrency
public import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
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
    .on(moderatorRequests(by: source)) { event, entry, tx async throws in
      guard entry.occurredAt > clock.now() - Notice.lifetime else { return }
      let kind = source.noticeKinds.first { $0.name == event.kind }
      for moderator in try await Member.moderators(in: tx) {
        let notice = Notice(
          id: NoticeID(entry.id, for: moderator),
          memberID: moderator,
          app: source.context,
          kind: event.kind,
          facts: JSONText(event.facts),
          createdAt: entry.occurredAt
        )
        try await give(notice, bundledBy: kind?.bundledBy, in: tx)
      }
    }
    .on(reports(by: source)) { event, entry, tx in
      // One that a replay brings after its time was over is not to come back.
      guard entry.occurredAt > clock.now() - TimeInterval(logRetention.components.seconds) else {
        return
      }
      try await tx.enqueue(RecordAct(event, entry))
    }
  }

  private func moderatorRequests<Source: NoticeSource>(
    by source: Source.Type
  ) -> ModeratorsNoticeRequested<Source>.Type {
    ModeratorsNoticeRequested<Source>.self
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

extension NoticeID {
  /// One for each member whom an event concerns, the same at every delivery.
  fileprivate init(_ event: EventID, for member: MemberID) {
    // The two bits that make it a UUID stay.
    let variant: UInt64 = 0xC000_0000_0000_0000
    self.init(
      high: event.high,
      low: event.low & variant | (event.low ^ member.low) & ~variant
    )
  }
}

extension Member {
  /// The moderators who may sign in; there are few of them.
  fileprivate static func moderators(in tx: Transaction) async throws -> [MemberID] {
    try await Member.where { $0.isModerator && $0.isActive }.order { $0.id }.select { $0.id }
      .all(in: tx)
  }
}
