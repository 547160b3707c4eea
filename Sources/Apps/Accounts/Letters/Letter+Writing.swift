import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Letter {
  /// How long one that could not be sent is kept: a week.
  static let lifetime: TimeInterval = 7 * 86_400

  /// A letter to somebody; not stored yet.
  init(
    _ kind: LetterKind,
    to recipient: String,
    about member: MemberID?,
    in language: Language,
    facts: [String: String] = [:],
    at now: Date
  ) {
    self.init(
      kind: kind.name,
      memberID: member,
      recipient: recipient,
      language: language.rawValue,
      facts: JSONText(facts.mapValues(NoticeFact.text)),
      createdAt: now
    )
  }
}

extension Transaction {
  /// Stores a letter that is sent if, and only if, this transaction commits.
  ///
  /// Cost: two statements.
  func post(_ letter: Letter) async throws {
    try await insert(letter)
    try await enqueue(SendLetter(letter: letter.id))
  }
}
