public import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb

extension Member {
  /// Whether anybody runs this installation yet.
  static func hasAdministrator(in reader: some StatementReader) async throws -> Bool {
    try await Member.where { $0.isAdministrator }.exists(in: reader)
  }
}

extension Accounts {
  /// Makes a member on behalf of the operator; the same rules hold as for signing up.
  ///
  /// - Parameters:
  ///   - username: 3 to 50 characters, unique.
  ///   - email: Unique.
  ///   - displayName: 2 to 100 code points; nil takes the username.
  ///   - password: 8 to 200 code points.
  ///   - isAdministrator: Whether the member runs this installation; default false.
  /// - Returns: The id of the member.
  /// - Throws: `Problem` of kind `validation` with every wrong or taken field.
  @discardableResult
  public func createMember(
    username: String,
    email: String,
    displayName: String? = nil,
    password: String,
    isAdministrator: Bool = false
  ) async throws -> MemberID {
    var fields = FormSource(texts: [
      ("username", username), ("email", email), ("password", password),
    ])
    if let displayName { fields.append(displayName, to: "display_name") }
    let form = try SignUpForm.read(from: fields)
    do {
      return try await signUp(form, isAdministrator: isAdministrator).id
    } catch let error as MemberError {
      throw error.problem
    }
  }

  /// Whose username and password these are; nil when there is no such active member.
  public func memberID(username: String, password: String) async throws -> MemberID? {
    let fields = FormSource(texts: [("login", username), ("password", password)])
    do {
      return try await entrant(try SignInForm.read(from: fields)).member.id
    } catch SessionError.wrongCredentials {
      return nil
    }
  }
}
