import AccountsContract
import ArtelModel
import ArtelPostgres
public import ArtelRealtime
import ArtelWeb
import FoundationEssentials

/// What open pages are told of a member's notices; `docs/api/realtime.md` describes the payloads.
enum NoticeNews: String {
  case created = "notice.created"
  case read = "notices.read"
}

extension Notice {
  /// How many a member keeps; the oldest go.
  static let limit = 500

  /// How long a notice is kept: 90 days.
  static let lifetime: TimeInterval = 90 * 86_400
}

extension Accounts {
  /// Its part of realtime: what members themselves are told, and no topic.
  public var realtime: RealtimeSource {
    // Ids of the member's own, so there is nothing that may be hidden by now.
    RealtimeSource(log: updates, topics: []) { updates in updates.map { _ in true } }
  }

  /// Stores a notice for its member and tells open pages, unless the member has departed, has the
  /// notice already, does not want notices of this kind, or has blocked or muted `actor`, who caused
  /// it; nil, the default, when that is nobody else.
  ///
  /// An unread notice of the kind with the same text as `fact` goes, as this one takes its place; nil, the
  /// default, keeps all.
  ///
  /// Cost: two statements.
  func give(
    _ notice: Notice,
    causedBy actor: MemberID? = nil,
    bundledBy fact: String? = nil,
    in tx: Transaction
  ) async throws {
    // Locked, so that a departure at the same time either comes first or deletes it.
    let given = try await tx.write(
      """
      with too_many as (
        delete from notices where id = any(array(
          select id from notices where member_id = \(notice.memberID)
          order by id desc offset \(Notice.limit - 1)
        ))
      ), taken_in as (
        delete from notices n
        where n.member_id = \(notice.memberID) and n.app = \(notice.app) and n.kind = \(notice.kind)
          and n.read_at is null and n.id < \(notice.id)
          and n.facts ->> \(fact) = \(notice.facts)::jsonb ->> \(fact)
      )
      insert into notices (id, member_id, app, kind, facts, created_at)
      select \(notice.id), id, \(notice.app), \(notice.kind), \(notice.facts), \(notice.createdAt)
      from members m
      where id = \(notice.memberID) and departed_at is null
        and not exists (
          select from preferences p
          where p.member_id = m.id and \("\(notice.app).\(notice.kind)") = any (p.silenced_notices)
        )
        and not exists (
          select from blocks b
          where (b.member_id = m.id and b.other_id = \(actor))
            or (b.member_id = \(actor) and b.other_id = m.id)
        )
        and not exists (
          select from mutes where mutes.member_id = m.id and mutes.other_id = \(actor)
        )
        and not exists (
          select from notices n
          where n.member_id = m.id and n.app = \(notice.app) and n.kind = \(notice.kind)
            and n.id > \(notice.id) and n.facts ->> \(fact) = \(notice.facts)::jsonb ->> \(fact)
        )
      for key share of m
      on conflict (id) do nothing
      """
    )
    guard given.affectedCount == 1 else { return }
    let update = LiveUpdate(for: .member(notice.memberID), NoticeNews.created.rawValue) { json in
      json.field("id", notice.id)
      json.field("app", notice.app)
      json.field("kind", notice.kind)
    }
    try await updates.publish(update, in: tx)
  }
}

extension JSONText {
  /// The facts of a notice, in the order of their names.
  init(_ facts: [String: NoticeFact]) {
    var json = JSONWriter(capacity: 128)
    json.object { json in
      for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
        switch fact {
        case .text(let text): json.field(named: name, text)
        case .number(let number): json.field(named: name, number)
        }
      }
    }
    self.init(String(decoding: json.bytes, as: UTF8.self))
  }
}
