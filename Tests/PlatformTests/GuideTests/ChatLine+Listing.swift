import ArtelModel
import ArtelPostgres
import Foundation

/// A line of the chat list.
struct ChatLine {
  let chat: ChatID
  let other: String
  let lastSeenAt: Date
  let newest: (body: String, createdAt: Date)?
}

// example: chat-line
extension ChatLine {
  init(from row: PostgresRow) throws {
    chat = try row.decode(at: 0)
    other = try row.decode(at: 1)
    lastSeenAt = try row.decode(at: 2)
    let body = try row.decode(String?.self, at: 3)
    let createdAt = try row.decode(Date?.self, at: 4)
    newest = body.flatMap { body in createdAt.map { (body, $0) } }
  }

  /// The chats of a member with the other one's name and the newest message, liveliest first.
  static func list(of member: MemberID) -> SQL {
    """
    select mine.chat_id, members.display_name, members.last_seen_at, newest.body, newest.created_at
    from chat_members as mine
    join chat_members as theirs
      on theirs.chat_id = mine.chat_id and theirs.member_id <> mine.member_id
    join members on members.id = theirs.member_id
    left join lateral (
      select body, created_at from messages
      where messages.chat_id = mine.chat_id
      order by created_at desc, id desc
      limit 1
    ) as newest on true
    where mine.member_id = \(member)
    order by newest.created_at desc nulls last
    """
  }
}
// end
