import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelJobs
import ArtelMail
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// Sends a stored letter: at least once, and as a rule once.
///
/// The job holds an id only. Links and codes are worked out when it runs
/// (docs/decisions/0030-secrets-of-letters-worked-out-when-sent.md).
struct SendLetter: Job {
  static let kind = "accounts.letters.send"
  // Somebody waits for most of them; after five hours nobody does.
  static let options = JobOptions {
    $0.priority = .urgent
    $0.attempts = 10
    $0.backOff = BackOff(first: .seconds(5), longest: .seconds(3600))
    $0.timeLimit = .seconds(60)
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
  let letter: LetterID
}

/// Forgets letters, links and codes whose time is over: every hour.
struct ForgetLetters: Job {
  static let kind = "accounts.letters.forget"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}

extension Accounts {
  /// Sends a letter, or keeps it for the administrator; one whose link or code is void goes nowhere.
  ///
  /// - Throws: `DeliveryError` when another attempt makes sense, otherwise `JobRefusal`.
  func send(_ id: LetterID, _ run: JobRun) async throws {
    guard let letter = try await Letter.where({ $0.id == id }).first(in: db) else { return }
    guard let kind = LetterKind(named: letter.kind) else {
      throw JobRefusal("this version does not know letters of the kind \(letter.kind)")
    }
    var text: LetterText?
    if let secret = try await secret(of: letter, kind) {
      text = LetterText(letter, kind, secret, correspondence)
      if try await dispatch(text, of: letter, kind) { text = nil }
    }
    let kept = text
    try await run.complete { tx in
      if let kept { try await keep(kept, of: letter, kind, in: tx) }
      _ = try await Letter.delete(letter.id, in: tx)
    }
  }

  /// Hands a letter to whoever delivers its kind; false when nobody does.
  private func dispatch(
    _ text: LetterText?,
    of letter: Letter,
    _ kind: LetterKind
  ) async throws -> Bool {
    guard let text else { return true }
    do {
      switch kind.channel {
      case .mail:
        guard let mail = correspondence.mail else { return false }
        try await mail(
          MailMessage(
            from: correspondence.sender,
            to: MailAddress(letter.recipient),
            subject: text.subject,
            text: text.plain,
            html: text.html,
            identity: letter.id.description
          ),
          letter.createdAt
        )
      case .phone:
        guard let send = correspondence.text else { return false }
        try await send(text.plain, letter.recipient, letter.id.description)
      }
      return true
    } catch let error as DeliveryError where error.isFinal {
      throw JobRefusal(error.description)
    }
  }

  /// What a letter has besides its facts; nil when its link or code no longer works, or leads nowhere.
  private func secret(of letter: Letter, _ kind: LetterKind) async throws -> LetterSecret? {
    let now = clock.now()
    if let linkID = letter.linkID {
      guard let link = try await EmailLink.where({ $0.id == linkID }).first(in: db),
        let path = kind.linkPath, let token = link.token(by: secretKey), link.isOpen(at: now),
        try await leadsToMember(link)
      else { return nil }
      return .link("\(correspondence.siteURL)\(path)?token=\(token.text)")
    }
    if let codeID = letter.codeID {
      guard let code = try await VerificationCode.where({ $0.id == codeID }).first(in: db),
        code.expiresAt > now
      else { return nil }
      return .code(code.digits(by: secretKey))
    }
    return .nothing
  }

  /// Finds out whose password is to be reset, which nobody looked for before; false when nobody's.
  private func leadsToMember(_ link: EmailLink) async throws -> Bool {
    guard link.memberID == nil else { return true }
    let member = try await Member.withLogin(link.address, in: db)
    guard let member, member.isActive else { return false }
    return try await EmailLink.update { $0.memberID = member.id }.where { $0.id == link.id }
      .run(in: db) == 1
  }
}

/// What must not be stored with a letter.
enum LetterSecret: Sendable {
  case nothing
  case link(String)
  case code(String)
}
