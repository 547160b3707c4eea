import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// `/api/phone-codes` and `/api/members/me/phone`: numbers and their codes as JSON.
struct PhoneCodeRoutes: Sendable {
  let accounts: Accounts

  static let create = Operation(
    .post,
    "/api/phone-codes",
    id: "createPhoneCode",
    "Sends a code of six digits to a number, to sign in or up with."
  )
  .tagged("Sessions")
  .explained("It works for ten minutes and five attempts. The answer is the same for all numbers.")
  .takes(PhoneCodeForm.self)
  .answers(.json(PhoneCodeReceipt.self, status: .created))
  .refuses(.codesNotSent, .tooManyRequests)

  static let enter = Operation(
    .post,
    "/api/phone-codes/{id}/sessions",
    id: "createSessionByPhoneCode",
    "Signs in with the code that was sent; makes an account when the number belongs to nobody."
  )
  .tagged("Sessions")
  .explained(
    "Without `username` one is made of the name. A code works once. 202 when the member has a second "
      + "factor: its code goes with the challenge to the second step."
  )
  .takes(PhoneSignInForm.self)
  .answers(.json(TokenPair.self, status: .created))
  .answers(.json(ChallengeResource.self, status: .accepted))
  .refuses(.phoneCode, .signUpClosed, .tooManyRequests)

  static let propose = Operation(
    .post,
    "/api/members/me/phone-codes",
    id: "createOwnPhoneCode",
    "Sends a code to a number that the caller wants to have."
  )
  .tagged("Members")
  .needs(.member)
  .takes(PhoneForm.self)
  .answers(.json(PhoneCodeReceipt.self, status: .created))
  .refuses(.wrongPassword, .codesNotSent, .tooManyRequests)

  static let update = Operation(
    .put,
    "/api/members/me/phone",
    id: "changePhone",
    "Gives the caller the number that the code was sent to."
  )
  .tagged("Members")
  .needs(.member)
  .takes(PhoneChangeForm.self)
  .answers(.json(Member.self))
  .refuses(.phoneCode, .phoneTaken, .notFound, .tooManyRequests)

  static let delete = Operation(
    .delete,
    "/api/members/me/phone",
    id: "deletePhone",
    "Takes the number away from the caller, who needs a password to sign in with."
  )
  .tagged("Members")
  .needs(.member)
  .takes(ConfirmationForm.self)
  .answers(.noContent)
  .refuses(.wrongPassword, .onlyWayIn, .notFound, .tooManyRequests)

  static let operations = [
    create.description, enter.description, propose.description, update.description,
    delete.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.create, use: create)
    routes.add(Self.enter, use: enter)
    routes.add(Self.propose, use: propose)
    routes.add(Self.update, use: update)
    routes.add(Self.delete, use: delete)
  }

  /// `POST /api/phone-codes`: 201; 422; 429.
  @Sendable func create(
    _ request: Request,
    _ context: WebContext,
    _ form: PhoneCodeForm
  ) async throws -> Response {
    let code = try await accounts.sendCode(
      to: form.phone,
      displayName: form.displayName,
      in: context.language,
      from: context.clientNetwork
    )

    return .json(PhoneCodeReceipt(code), status: .created)
  }

  /// `POST /api/phone-codes/{id}/sessions`: 201 with the tokens, or 202 with a challenge for the second
  /// factor; 401 when the code does not work; 422 when a name is needed, or one is taken; 429.
  @Sendable func enter(
    _ request: Request,
    _ context: WebContext,
    _ form: PhoneSignInForm
  ) async throws -> Response {
    let id = try context.id(as: VerificationCodeID.self)

    let origin = SessionOrigin(request, context)
    let member = try await accounts.member(id, form, from: origin, context.clientNetwork)

    return .admitting(try await accounts.enter(as: Entrant(member), from: origin))
  }

  /// `POST /api/members/me/phone-codes`: 201; 403 without the right password; 422; 429.
  @Sendable func propose(
    _ request: Request,
    _ context: WebContext,
    _ form: PhoneForm
  ) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)

    let code = try await accounts.proposePhone(
      principal.memberID,
      form,
      in: context.language,
      from: SessionOrigin(request, context),
      context.clientNetwork
    )

    return .json(PhoneCodeReceipt(code), status: .created)
  }

  /// `PUT /api/members/me/phone`: 200; 401 when the code does not work; 409; 422; 429.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ form: PhoneChangeForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)

    let origin = SessionOrigin(request, context)
    let member = try await accounts.changePhone(
      principal.memberID,
      form,
      in: context.language,
      from: origin
    )

    return .json(member)
  }

  /// `DELETE /api/members/me/phone`: 204; 403 without the right password; 409; 429.
  @Sendable func delete(
    _ request: Request,
    _ context: WebContext,
    _ form: ConfirmationForm
  ) async throws -> Response {
    let principal = try context.member()
    try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)

    try await accounts.removePhone(
      principal.memberID,
      password: form.password,
      in: context.language,
      from: SessionOrigin(request, context)
    )

    return .noContent
  }
}

/// What whoever asks for a code gets: how to name it, and how long it works.
struct PhoneCodeReceipt: JSONResource {
  static let schemaName = "PhoneCode"

  static let examples = [
    PhoneCodeReceipt(
      id: VerificationCodeID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      expiresAt: Date(timeIntervalSince1970: 1_795_233_914.123456)
    )
  ]

  let id: VerificationCodeID
  let expiresAt: Date

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("expires_at", expiresAt)
    }
  }
}

extension PhoneCodeReceipt {
  init(_ code: VerificationCode) {
    id = code.id
    expiresAt = code.expiresAt
  }
}
