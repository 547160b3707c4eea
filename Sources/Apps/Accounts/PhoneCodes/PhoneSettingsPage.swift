import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Hummingbird

/// The section of the settings about the member's number.
struct PhoneSettingsPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct PhoneModel: Sendable {
    let phone: String?
    let hasPassword: Bool
  }

  private struct CodeModel: Sendable {
    let codeID: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/phone", use: show)
    routes.post("/settings/phone", use: propose)
    routes.get("/settings/phone/code", use: showCode)
    routes.post("/settings/phone/code", use: update)
    routes.post("/settings/phone/delete", use: delete)
  }

  /// `GET /settings/phone`: the number, and the form for another one.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await form(FormDraft(PhoneForm.self), context)
  }

  /// `POST /settings/phone`: 303 to the page for the code; 403, 422 and 429 show the form again.
  @Sendable func propose(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    return try await request.answer(
      to: PhoneForm.self,
      showing: { try await form($0, context, becauseOf: $1) },
      { fields async throws in
        try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)
        let code = try await accounts.proposePhone(
          principal.memberID,
          fields,
          in: context.language,
          from: SessionOrigin(request, context),
          context.clientNetwork
        )
        return .seeOther("/settings/phone/code?id=\(code.id)")
      }
    )
  }

  /// `GET /settings/phone/code?id=…`: the form for the code.
  @Sendable func showCode(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let text = request.uri.queryParameters["id"], let id = VerificationCodeID(String(text))
    else { throw Problem.notFound }
    return try await codeForm(FormDraft(PhoneChangeForm.self), id.description, context)
  }

  /// `POST /settings/phone/code`: 303 to the section; 401, 409, 422 and 429 show the form again.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    return try await request.answer(
      to: PhoneChangeForm.self,
      showing: { try await codeForm($0, $0.values["code_id"] ?? "", context, becauseOf: $1) },
      { fields async throws in
        try accounts.limits.messages.allowTrying(from: context.clientNetwork)
        let origin = SessionOrigin(request, context)
        _ = try await accounts.changePhone(
          principal.memberID,
          fields,
          in: context.language,
          from: origin
        )
        context.flash("phone_changed")
        return .seeOther("/settings/phone")
      }
    )
  }

  /// `POST /settings/phone/delete`: 303 back; 403 and 409 show the section with the reason.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let fields = try await request.form(ConfirmationForm.self)
    do {
      try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)
      try await accounts.removePhone(
        principal.memberID,
        password: fields.password,
        in: context.language,
        from: SessionOrigin(request, context)
      )
    } catch {
      let refusal = try Problem(refusing: error)
      return try await form(FormDraft(PhoneForm.self), context, becauseOf: refusal)
    }
    context.flash("phone_removed")
    return .seeOther("/settings/phone")
  }

  private func form(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let member = try await Member.find(principal.memberID, in: accounts.db)
    return try await pages.render(
      "accounts/settings_phone",
      PhoneModel(phone: member.phone, hasPassword: member.passwordHash != nil),
      section: "settings_phone",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }

  private func codeForm(
    _ draft: FormDraft,
    _ id: String,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    _ = try context.member()
    return try await pages.render(
      "accounts/settings_phone_code",
      CodeModel(codeID: id),
      section: "settings_phone",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}
