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

extension Member {
  /// The language of letters that the member did not ask for: what they have chosen, else what whoever
  /// causes the letter reads, else English.
  func languageOfLetters(
    else other: Language?,
    in reader: some StatementReader
  ) async throws -> Language {
    let chosen = try await Preference.where { $0.memberID == id }.first(in: reader)?.language
    return chosen.flatMap(Language.init(rawValue:)) ?? other ?? .english
  }
}

extension Requester {
  /// What whoever asks reads; nil for the operator.
  var readLanguage: Language? { language.flatMap(Language.init(rawValue:)) }
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
