import ArtelModel
import ArtelPostgres

extension Member {
  /// Deletes what was written to the member, or is on its way.
  func forgetLetters(in tx: Transaction) async throws {
    try await Letter.where { $0.memberID == id }.delete(in: tx)
    try await EmailLink.where { $0.memberID == id }.delete(in: tx)
    try await VerificationCode.where { $0.memberID == id }.delete(in: tx)
    let recipients = [email, phone].compactMap { $0 }
    try await VerificationCode.where { $0.phone.in(recipients) }.delete(in: tx)
    try await MailboxMessage.where { $0.recipient.in(recipients) }.delete(in: tx)
  }
}
