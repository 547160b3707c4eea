import ArtelIdentifiers
import ArtelWeb
import Hummingbird

/// The pages for signing in and up with a number: first the number, then the code that was sent.
struct PhoneSignInPages: Sendable {
  private let accounts: Accounts
  private let pages: Pages
  private let entrance: EntrancePage<CodePageForm, CodeModel>

  init(accounts: Accounts, pages: Pages) {
    self.accounts = accounts
    self.pages = pages
    entrance = EntrancePage(
      accounts: accounts,
      pages: pages,
      name: "sign_in_phone_code",
      flash: "signed_in"
    )
  }

  func addRoutes(to routes: Routes) {
    routes.get("/sign-in/phone", use: showNumber)
    routes.post("/sign-in/phone", use: send)
    routes.get("/sign-in/phone/code", use: showCode)
    routes.post("/sign-in/phone/code", use: enter)
  }

  /// `GET /sign-in/phone`: the form; members are led to the page they wanted.
  @Sendable func showNumber(_ request: Request, _ context: WebContext) async throws -> Response {
    let next = NextPage(request)
    guard context.principal == nil else { return .seeOther(next.path) }
    return try await number(FormDraft(NumberPageForm.self), next, context)
  }

  /// `POST /sign-in/phone`: 303 to the page for the code, whoever has the number; 422 and 429 show the
  /// form again.
  @Sendable func send(_ request: Request, _ context: WebContext) async throws -> Response {
    switch try await request.submission(of: NumberPageForm.self) {
    case .refused(let draft): return try await number(draft, NextPage(draft), context)
    case .accepted(let form, let draft):
      do {
        let code = try await accounts.sendCode(
          to: form.phone,
          in: context.language,
          from: context.clientNetwork
        )
        return .seeOther("/sign-in/phone/code?id=\(code.id)&\(form.next.parameter)")
      } catch {
        let refusal = try Problem(refusing: error)
        return try await number(draft, form.next, context, becauseOf: refusal)
      }
    }
  }

  /// `GET /sign-in/phone/code?id=…`: the form for the code, whether the id is known or not.
  @Sendable func showCode(_ request: Request, _ context: WebContext) async throws -> Response {
    guard let text = request.uri.queryParameters["id"],
      let id = VerificationCodeID(String(text))
    else { throw Problem.notFound }
    return try await entrance.form(
      CodeModel(id: id.description, next: NextPage(request).path),
      context
    )
  }

  /// `POST /sign-in/phone/code`: 303 to the page they wanted; 401, 422 and 429 show the form again.
  @Sendable func enter(_ request: Request, _ context: WebContext) async throws -> Response {
    try await entrance.enter(
      request,
      context,
      model: { CodeModel(id: $0.values["id"] ?? "", next: NextPage($0).path) },
      destination: { $0.next.path },
      entrant: { form in
        Entrant(
          try await accounts.member(
            form.id,
            form.proof,
            from: SessionOrigin(request, context),
            context.clientNetwork
          )
        )
      }
    )
  }

  private func number(
    _ draft: FormDraft,
    _ next: NextPage,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/sign_in_phone",
      NextPageModel(next),
      section: "sign_in_phone",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}

/// The number, and where to go after signing in.
private struct NumberPageForm: Form {
  let phone: String
  let next: NextPage

  init(_ fields: inout FormReader) {
    phone = PhoneCodeForm.phone(&fields)
    next = NextPage(&fields)
  }
}

/// The code, which one it is, and where to go afterwards.
private struct CodePageForm: Form {
  let id: VerificationCodeID
  let proof: PhoneSignInForm
  let next: NextPage

  init(_ fields: inout FormReader) {
    id = fields.id("id", as: VerificationCodeID.self)
    proof = PhoneSignInForm(&fields)
    next = NextPage(&fields)
  }
}

/// What the template of the code needs beside the form.
private struct CodeModel: Sendable {
  let id: String
  let next: String
}
