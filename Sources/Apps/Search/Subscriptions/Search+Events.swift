import AccountsContract
public import ArtelEvents
import ArtelPostgres
import ArtelSearch
import GalleryContract

extension Search {
  /// Keeps the index up to date with what happens in the apps.
  ///
  /// Each document says its version, so events may come late, twice, or while the index is filled
  /// anew.
  public var events: EventConsumer {
    EventConsumer("search", in: index.db)
      .on(PostCreated.self) { event, tx async throws in
        try await index.index([event.post.searchDocument], in: tx)
      }
      .on(PostChanged.self) { event, tx async throws in
        try await index.index([event.post.searchDocument], in: tx)
      }
      .on(PostDeleted.self) { event, tx async throws in
        // What is in the trash may come back, as a later version.
        let version = event.trashedAt.map(PostFacts.searchVersion) ?? .max
        try await index.remove(PostFacts.searchKey(of: event.post), version: version, in: tx)
      }
      .on(MemberJoined.self) { event, entry, tx async throws in
        let document = event.member.searchDocument(joinedAt: entry.occurredAt)
        try await index.index([document], in: tx)
      }
      .on(MemberChanged.self) { event, entry, tx async throws in
        let key = MemberCard.searchKey(of: event.member.id)
        let joinedAt = try await index.creationDate(of: key, in: tx) ?? entry.occurredAt
        try await index.index([event.member.searchDocument(joinedAt: joinedAt)], in: tx)
      }
      .on(MemberDeparted.self) { event, tx async throws in
        try await index.remove(MemberCard.searchKey(of: event.member), version: .max, in: tx)
      }
  }
}
