import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Hummingbird

/// `/api/passkeys` and `/api/sessions/passkey`: passkeys for programs, as JSON.
///
/// Making them and signing in by them is 404 where the public address is none that devices make them
/// for.
struct PasskeyRoutes: Sendable {
  let accounts: Accounts

  static let list = Operation(
    .get,
    "/api/passkeys",
    id: "listPasskeys",
    "Lists the caller's passkeys, the youngest first."
  )
  .tagged("Passkeys")
  .needs(.member)
  .asks(PageRequest.self)
  .answers(.json(Page<Passkey>.self))

  static let ask = Operation(
    .post,
    "/api/passkeys/challenges",
    id: "createPasskeyChallenge",
    "Says what a device has to know to make a passkey."
  )
  .tagged("Passkeys")
  .explained(
    "`public_key` goes to the device as it is (`PublicKeyCredentialCreationOptionsJSON`), "
      + "`challenge_token` comes back with what the device answers, within ten minutes."
  )
  .needs(.member)
  .answers(.json(PasskeyCreationOptions.self, status: .created))
  .refuses(.notFound, .freshSignInNeeded, .secondFactorNeeded)

  static let create = Operation(
    .post,
    "/api/passkeys",
    id: "createPasskey",
    "Adds a passkey that a device has made."
  )
  .tagged("Passkeys")
  .explained(
    "The texts are base64url, as the device has them. Its origin has to be the public address."
  )
  .needs(.member)
  .takes(PasskeyCreationForm.self)
  .answers(.json(Passkey.self, status: .created))
  .refuses(
    .passkeyRefused,
    .tooManyPasskeys,
    .notFound,
    .freshSignInNeeded,
    .secondFactorNeeded,
    .tooManyRequests
  )

  static let delete = Operation(
    .delete,
    "/api/passkeys/{id}",
    id: "deletePasskey",
    "Removes one of the caller's passkeys."
  )
  .tagged("Passkeys")
  .needs(.member)
  .answers(.noContent)
  .refuses(.freshSignInNeeded, .secondFactorNeeded)

  static let askToSignIn = Operation(
    .post,
    "/api/sessions/passkey/challenges",
    id: "createPasskeySignInChallenge",
    "Says what a device has to know to sign in by a passkey."
  )
  .tagged("Sessions")
  .explained(
    "`public_key` goes to the device as it is (`PublicKeyCredentialRequestOptionsJSON`), "
      + "`challenge_token` comes back with what the device answers, within ten minutes."
  )
  .answers(.json(PasskeyRequestOptions.self, status: .created))
  .refuses(.notFound)

  static let signIn = Operation(
    .post,
    "/api/sessions/passkey",
    id: "createSessionByPasskey",
    "Signs in with what a device has signed; no other factor is needed."
  )
  .tagged("Sessions")
  .takes(PasskeySessionForm.self)
  .answers(.json(TokenPair.self, status: .created))
  .refuses(.passkeyRefused, .notFound, .tooManyRequests)

  static let operations = [
    list.description, ask.description, create.description, delete.description,
    askToSignIn.description, signIn.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
    routes.add(Self.ask, use: ask)
    routes.add(Self.create, use: create)
    routes.add(Self.delete, use: delete)
    routes.add(Self.askToSignIn, use: askToSignIn)
    routes.add(Self.signIn, use: signIn)
  }

  /// `GET /api/passkeys?after=&limit=`: 200; 401 for guests; 422 for a wrong cursor.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ wish: PageRequest
  ) async throws -> Response {
    let principal = try context.member()

    let page = try await Passkey.all(of: principal.memberID)
      .page(of: wish.limit, after: wish.after, in: accounts.db)

    return .json(page)
  }

  /// `POST /api/passkeys/challenges`: 201; 403 when signing in was long ago; 404 where there are no
  /// passkeys.
  @Sendable func ask(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let passkeys = try accounts.offeredPasskeys()
    try await accounts.requireProofForFactors(of: principal)

    let member = try await Member.find(principal.memberID, in: accounts.db)
    let known = try await Passkey.all(of: principal.memberID).all(in: accounts.db)

    let options = PasskeyCreationOptions(
      passkeys.challenge(.registration, of: "\(principal.memberID)"),
      relyingParty: passkeys.relyingParty,
      member: member,
      known: known
    )
    return .json(options, status: .created)
  }

  /// `POST /api/passkeys`: 201; 401 when it proves nothing; 403 when signing in was long ago; 404 where
  /// there are no passkeys; 409 when there are too many; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: PasskeyCreationForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofForFactors(of: principal)
    try accounts.limits.allowSecondFactor(of: principal.memberID)

    let passkey = try await accounts.addPasskey(
      form.passkey,
      of: principal.memberID,
      in: principal.sessionID,
      token: form.challengeToken,
      from: SessionOrigin(request, context)
    )

    accounts.forgetBrowser(context)
    return .json(passkey, status: .created)
  }

  /// `DELETE /api/passkeys/{id}`: 204; 403 when signing in was long ago; 404 for one that is not the
  /// caller's.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let id = try context.id(as: PasskeyID.self)
    try await accounts.requireProofForFactors(of: principal)

    let origin = SessionOrigin(request, context)
    try await accounts.removePasskey(id, of: principal.memberID, from: origin)

    return .noContent
  }

  /// `POST /api/sessions/passkey/challenges`: 201; 404 where there are no passkeys.
  @Sendable func askToSignIn(_ request: Request, _ context: WebContext) async throws -> Response {
    let passkeys = try accounts.offeredPasskeys()

    let options = PasskeyRequestOptions(
      passkeys.challenge(.signIn, of: ""),
      relyingParty: passkeys.relyingParty
    )
    return .json(options, status: .created)
  }

  /// `POST /api/sessions/passkey`: 201 with the tokens; 401 when it proves nothing; 404 where there are
  /// no passkeys; 422; 429.
  @Sendable func signIn(
    _ request: Request,
    _ context: WebContext,
    _ form: PasskeySessionForm
  ) async throws -> Response {
    try accounts.limits.allowPasskey(from: context.clientNetwork)

    let tokens = try await accounts.openAPISession(form, from: SessionOrigin(request, context))

    return .json(tokens, status: .created)
  }
}
