import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension VerificationCode {
  /// How long a code works: ten minutes.
  static let lifetime: TimeInterval = 600

  /// How often a code may be tried.
  static let attemptsLimit = 5

  /// How many digits it has.
  static let length = 6

  /// A code for a number; not stored yet.
  init(
    for phone: String,
    of member: MemberID?,
    displayName: String?,
    by key: SecretKey,
    at now: Date
  ) {
    let id = VerificationCodeID.generate()
    let digits = Self.digits(of: id, by: key)
    self.init(
      id: id,
      phone: phone,
      codeHash: Bytea(key.hash("\(id) \(digits)", for: Self.hashPurpose)),
      memberID: member,
      displayName: displayName,
      expiresAt: now + Self.lifetime,
      createdAt: now
    )
  }

  /// The code itself, worked out again when it is sent.
  func digits(by key: SecretKey) -> String { Self.digits(of: id, by: key) }

  private static func digits(of id: VerificationCodeID, by key: SecretKey) -> String {
    key.digits(length, of: id.description, for: "phone code")
  }

  private static let hashPurpose = "phone code hash"

  /// Counts an attempt and says whether the code is right; nil when it is wrong, unknown, too old,
  /// tried too often, or somebody else's.
  ///
  /// One statement decides and counts, so that no number of requests at once gets a sixth attempt.
  static func tried(
    _ id: VerificationCodeID,
    _ digits: String,
    of member: MemberID?,
    by key: SecretKey,
    at now: Date,
    in writer: some StatementWriter
  ) async throws -> VerificationCode? {
    let owner: SQL = "member_id is not distinct from \(member)"
    let counted = try await VerificationCode.update {
      $0.set(VerificationCode.columns.attempts, to: "attempts + 1")
    }
    .where { $0.id == id && $0.attempts < attemptsLimit && $0.expiresAt > now }
    .where(owner)
    .returning(in: writer)
    guard let code = counted.first,
      key.isHash(code.codeHash.bytes, of: "\(id) \(digits)", for: hashPurpose)
    else { return nil }
    return code
  }

  /// Uses the code up.
  ///
  /// - Throws: ``PhoneCodeError/refused`` when another request did so meanwhile.
  func use(in tx: Transaction) async throws {
    guard try await VerificationCode.delete(id, in: tx) else { throw PhoneCodeError.refused }
  }
}
