import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/members/me/second-factor`: setting up, renewing and turning off the second factor, as JSON.
struct TwoFactorRoutes: Sendable {
  let accounts: Accounts

  static let path = "/api/members/me/second-factor"

  static let show = Operation(
    .get,
    path,
    id: "getSecondFactor",
    "Says whether the caller is asked for codes at sign-in."
  )
  .tagged("Second factor")
  .needs(.member)
  .answers(.json(TwoFactorResource.self))

  static let begin = Operation(
    .post,
    "\(path)/setup",
    id: "beginSecondFactor",
    "Makes a secret for an authenticator; codes are asked for once one of them was confirmed."
  )
  .tagged("Second factor")
  .explained(
    "Whoever begins again gets another secret. `address` is what authenticators read from QR codes."
  )
  .needs(.member)
  .answers(.json(AuthenticatorSetup.self, status: .created))
  .refuses(.conflict, .freshSignInNeeded, .secondFactorNeeded)

  static let cancel = Operation(
    .delete,
    "\(path)/setup",
    id: "cancelSecondFactor",
    "Forgets the secret that was not confirmed."
  )
  .tagged("Second factor")
  .needs(.member)
  .answers(.noContent)

  static let confirm = Operation(
    .put,
    path,
    id: "confirmSecondFactor",
    "Asks for codes from now on, when the first one of the authenticator is right."
  )
  .tagged("Second factor")
  .explained(
    "Recovery codes stand in for a lost authenticator, each once. They are in this answer only."
  )
  .needs(.member)
  .takes(CodeForm.self)
  .answers(.json(RecoveryCodes.self))
  .refuses(.wrongCode, .conflict, .freshSignInNeeded, .secondFactorNeeded, .tooManyRequests)

  static let end = Operation(
    .delete,
    path,
    id: "endSecondFactor",
    "Asks for codes no more."
  )
  .tagged("Second factor")
  .explained("`password` is left out only by members who have none.")
  .needs(.member)
  .takes(TwoFactorProof.self)
  .answers(.noContent)
  .refuses(.wrongPassword, .wrongCode, .freshSignInNeeded, .secondFactorNeeded, .tooManyRequests)

  static let renewCodes = Operation(
    .post,
    "/api/members/me/recovery-codes",
    id: "renewRecoveryCodes",
    "Makes other recovery codes; those before work no longer."
  )
  .tagged("Second factor")
  .explained("`password` is left out only by members who have none.")
  .needs(.member)
  .takes(TwoFactorProof.self)
  .answers(.json(RecoveryCodes.self, status: .created))
  .refuses(.wrongPassword, .wrongCode, .freshSignInNeeded, .secondFactorNeeded, .tooManyRequests)

  static let operations = [
    show.description, begin.description, cancel.description, confirm.description, end.description,
    renewCodes.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.show, use: show)
    routes.add(Self.begin, use: begin)
    routes.add(Self.cancel, use: cancel)
    routes.add(Self.confirm, use: confirm)
    routes.add(Self.end, use: end)
    routes.add(Self.renewCodes, use: renewCodes)
  }

  /// `GET /api/members/me/second-factor`: 200; 401 for guests.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let member = try context.member().memberID

    return .json(TwoFactorResource(try await accounts.twoFactorState(of: member)))
  }

  /// `POST /api/members/me/second-factor/setup`: 201; 403 when signing in was long ago; 409 when codes
  /// are asked for already.
  @Sendable func begin(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)

    let secret = try await accounts.beginTwoFactor(of: principal.memberID)

    let username = try await Member.find(principal.memberID, in: accounts.db).username
    return .json(AuthenticatorSetup(secret, account: username), status: .created)
  }

  /// `DELETE /api/members/me/second-factor/setup`: 204.
  @Sendable func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
    try await accounts.cancelTwoFactor(of: try context.member().memberID)

    return .noContent
  }

  /// `PUT /api/members/me/second-factor`: 200 with the recovery codes; 401 when the code is wrong; 403
  /// when signing in was long ago; 409; 422; 429.
  @Sendable func confirm(
    _ request: Request,
    _ context: WebContext,
    _ form: CodeForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)

    let codes = try await accounts.confirmTwoFactor(
      of: principal.memberID,
      code: form.code,
      in: principal.sessionID,
      from: SessionOrigin(request, context)
    )

    accounts.forgetBrowser(context)
    return .json(RecoveryCodes(codes))
  }

  /// `DELETE /api/members/me/second-factor`: 204; 401 when the code is wrong; 403 without the right
  /// password, and when signing in was long ago; 422; 429.
  @Sendable func end(
    _ request: Request,
    _ context: WebContext,
    _ proof: TwoFactorProof
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)

    let origin = SessionOrigin(request, context)
    try await accounts.endTwoFactor(of: principal.memberID, proof, from: origin)

    return .noContent
  }

  /// `POST /api/members/me/recovery-codes`: 201; 401 when the code is wrong; 403 without the right
  /// password, and when signing in was long ago; 422; 429.
  @Sendable func renewCodes(
    _ request: Request,
    _ context: WebContext,
    _ proof: TwoFactorProof
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)

    let origin = SessionOrigin(request, context)
    let codes = try await accounts.renewRecoveryCodes(of: principal.memberID, proof, from: origin)

    return .json(RecoveryCodes(codes), status: .created)
  }
}
