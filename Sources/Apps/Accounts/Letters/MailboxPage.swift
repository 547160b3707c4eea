import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page of what would have been sent, had a mail server or a service for text messages been set
/// up; for administrators.
struct MailboxPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct MailboxModel: Sendable {
    let messages: [MailboxCard]
    let isEmpty: Bool
    let sendsMail: Bool
    let sendsTexts: Bool
  }

  private struct MailboxCard: Sendable {
    let recipient: String
    let isMail: Bool
    let subject: String
    let text: String
    let createdAt: Date
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/mailbox", use: show)
  }

  /// `GET /admin/mailbox`: the newest letters; 404 for everybody but administrators.
  ///
  /// Each look is recorded, as links and codes of others are there that work.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let now = accounts.clock.now()
    let reader = try context.administrator(accounts.panelProof, at: now).memberID
    let origin = SessionOrigin(request, context)
    try await accounts.db.transaction { tx in
      tx.record(.mailboxOpened, by: reader, about: nil, from: origin, at: now)
    }
    let messages = try await MailboxMessage.order {
      $0.createdAt.descending
      $0.id.descending
    }
    .limit(MailboxMessage.limit)
    .all(in: accounts.db)
    let model = MailboxModel(
      messages: messages.map { message in
        MailboxCard(
          recipient: message.recipient,
          isMail: message.channel == LetterKind.Channel.mail.rawValue,
          subject: message.subject,
          text: message.text,
          createdAt: message.createdAt
        )
      },
      isEmpty: messages.isEmpty,
      sendsMail: accounts.correspondence.mail != nil,
      sendsTexts: accounts.correspondence.text != nil
    )
    return try await pages.render("accounts/mailbox", model, section: "mailbox", context: context)
  }
}

extension Act {
  /// An administrator looked at letters that nobody delivers.
  static let mailboxOpened = Act("mailbox.opened", level: .warning)
}
