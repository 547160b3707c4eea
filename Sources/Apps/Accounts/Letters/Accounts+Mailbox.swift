import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension MailboxMessage {
  /// How many are kept; the oldest go.
  static let limit = 200

  /// How long one is kept: a week.
  static let lifetime: TimeInterval = 7 * 86_400
}

extension Accounts {
  /// Keeps a letter for the administrator to read, as nobody delivers its kind.
  func keep(
    _ text: LetterText,
    of letter: Letter,
    _ kind: LetterKind,
    in tx: Transaction
  ) async throws {
    _ = try await tx.insertIfAbsent(
      MailboxMessage(
        id: Identifier(high: letter.id.high, low: letter.id.low),
        channel: kind.channel.rawValue,
        recipient: letter.recipient,
        subject: text.subject,
        text: text.plain,
        createdAt: letter.createdAt
      )
    )
    _ = try await tx.write(
      """
      delete from mailbox_messages where id in (
        select id from mailbox_messages order by created_at desc, id desc
        offset \(MailboxMessage.limit)
      )
      """
    )
  }

  /// Deletes letters, kept ones, links and codes whose time is over, by one statement for each.
  func forgetLetters() async throws {
    let now = clock.now()
    _ = try await db.write("delete from letters where created_at <= \(now - Letter.lifetime)")
    _ = try await db.write(
      "delete from mailbox_messages where created_at <= \(now - MailboxMessage.lifetime)"
    )
    _ = try await db.write("delete from email_links where expires_at <= \(now)")
    _ = try await db.write("delete from verification_codes where expires_at <= \(now)")
  }
}
