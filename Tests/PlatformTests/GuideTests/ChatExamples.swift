import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@Suite("Guide to queries: chats")
struct ChatExamples {
  let here: Community
  let withGrace = Chat(createdAt: Community.moment(0))
  let withLinus = Chat(createdAt: Community.moment(1))
  let silent = Chat(createdAt: Community.moment(2))
  var db: Database { here.db }

  init() async throws {
    here = try await Community()
    let others = [(withGrace, here.grace), (withLinus, here.linus), (silent, here.linus)]
    try await db.insert(contentsOf: others.map(\.0))
    try await db.insert(
      contentsOf: others.flatMap { chat, other in
        [here.ada, other].map {
          ChatMember(chatID: chat.id, memberID: $0.id, readAt: Community.moment(3))
        }
      }
    )
    try await db.insert(contentsOf: [
      message("Привет", from: here.ada, in: withGrace, at: 1),
      message("Да", from: here.grace, in: withGrace, at: 5),
      message("Готово?", from: here.linus, in: withLinus, at: 2),
      message("Почти", from: here.ada, in: withLinus, at: 4),
    ])
  }

  private func message(
    _ body: String,
    from sender: Member,
    in chat: Chat,
    at minute: Int
  ) -> Message {
    Message(chatID: chat.id, senderID: sender.id, body: body, createdAt: Community.moment(minute))
  }

  @Test func `chats with members and newest message`() async throws {
    let ada = here.ada.id
    let chats = try await example("newest-child") {
      let mine = ChatMember.where { $0.memberID == ada }.select { $0.chatID }
      let newest = Chat.messages.order { $0.createdAt.descending }.limit(1)
      let chats = try await Chat.where { $0.id.in(mine) }
        .order { $0.createdAt.descending }
        .including(Chat.members, newest)
        .all(in: db)
      return chats
    }
    #expect(chats.map(\.0.id) == [silent.id, withLinus.id, withGrace.id])
    #expect(chats.map { $0.2.map(\.body) } == [[], ["Почти"], ["Да"]])
    #expect(chats.map(\.1.count) == [2, 2, 2])
  }

  @Test func `the chat list`() async throws {
    let ada = here.ada.id
    let lines = try await example("chat-list") {
      let lines = try await db.read(ChatLine.list(of: ada)).map(ChatLine.init)
      return lines
    }
    #expect(lines.map(\.chat) == [withGrace.id, withLinus.id, silent.id])
    #expect(lines.map(\.other) == ["Grace Hopper", "Linus Ada Torvalds", "Linus Ada Torvalds"])
    #expect(lines.map(\.newest?.body) == ["Да", "Почти", nil])
    #expect(lines.map(\.newest?.createdAt) == [Community.moment(5), Community.moment(4), nil])
  }

  @Test func `the chat list reads one message for each chat, however many there are`() async throws
  {
    let chat = withGrace.id
    try await db.insert(
      contentsOf: (0..<5000).map {
        message("\($0)", from: here.ada, in: withGrace, at: 10 + $0)
      }
    )
    _ = try await db.write("analyze messages")
    let plan = try await QueryPlan(of: ChatLine.list(of: here.ada.id), in: db, running: true)
    #expect(plan.indexes.contains("messages_chat_id_created_at_id_idx"))
    #expect(plan.pages < 100)
    #expect(try await Message.where { $0.chatID == chat }.count(in: db) == 5002)
  }

  @Test func `messages with their senders, page by page`() async throws {
    let chat = withGrace.id
    let page = try await example("messages") {
      let page = try await Message.where { $0.chatID == chat }
        .order { $0.createdAt.descending }
        .including(Message.sender)
        .page(of: 50, in: db)
      return page
    }
    #expect(page.items.map(\.0.body) == ["Да", "Привет"])
    #expect(page.items.map(\.1) == [here.grace, here.ada])
  }

  @Test func `reading a chat`() async throws {
    let (ada, chat, now) = (here.ada.id, withGrace.id, Community.moment(9))
    try await example("mark-read") {
      try await ChatMember.update {
        $0.set(ChatMember.columns.readAt, to: "greatest(read_at, \(now))")
      }
      .where { $0.chatID == chat && $0.memberID == ada }
      .run(in: db)
    }
    let places = try await ChatMember.where { $0.chatID == chat && $0.memberID == ada }.all(in: db)
    #expect(places.map(\.readAt) == [now])
  }

  @Test func `unread messages of each chat`() async throws {
    let ada = here.ada.id
    let unread = try await example("unread") {
      let unread = try await db.read(
        """
        select messages.chat_id, count(*)
        from chat_members join messages on messages.chat_id = chat_members.chat_id
        where chat_members.member_id = \(ada)
          and messages.created_at > chat_members.read_at
          and messages.sender_id <> \(ada)
        group by messages.chat_id
        """
      ).map { try ($0.decode(ChatID.self, at: 0), $0.decode(Int.self, at: 1)) }
      return unread
    }
    #expect(unread.map(\.0) == [withGrace.id] && unread.map(\.1) == [1])
  }
}
