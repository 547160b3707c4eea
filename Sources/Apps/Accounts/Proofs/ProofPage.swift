import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelWeb
import Hummingbird

/// The page where members prove again who they are before an act of consequence: `/sign-in/again`.
///
/// A passkey signs in anew, which proves as much.
struct ProofPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/sign-in/again"

  private struct Model: Sendable {
    let next: String
    let needsSecondFactor: Bool
    let asksPassword: Bool
    let asksCode: Bool
    let asksPhone: Bool
    let lacksFactor: Bool
    let codeID: String?
    let phone: String?
    let passkey: PasskeyRequest?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/sign-in/again", use: show)
    routes.post("/sign-in/again", use: create)
    routes.post("/sign-in/again/code", use: sendCode)
  }

  /// `GET /sign-in/again?return_to=&second_factor=&code_id=`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let query = request.uri.queryParameters
    return try await page(
      FormDraft(ProofForm.self),
      next: NextPage(request),
      needsSecondFactor: query["second_factor"] == "true",
      codeID: query["code_id"].flatMap { VerificationCodeID(String($0)) },
      context
    )
  }

  /// `POST /sign-in/again`: 303 to the page they wanted; 401, 403 and 429 show the form again.
  @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    switch try await request.submission(of: ProofForm.self) {
    case .refused(let draft):
      return try await page(
        draft,
        next: NextPage(draft),
        needsSecondFactor: draft.values["second_factor"] == "true",
        codeID: draft.values["code_id"].flatMap { VerificationCodeID($0) },
        context
      )
    case .accepted(let form, let draft):
      do {
        let origin = SessionOrigin(request, context)
        try await accounts.prove(principal, by: form.given, from: origin, context.clientNetwork)
      } catch {
        return try await page(
          draft,
          next: form.wish.next,
          needsSecondFactor: form.wish.needsSecondFactor,
          codeID: form.given.codeID,
          context,
          becauseOf: try Problem(refusing: error)
        )
      }
      accounts.forgetBrowser(context)
      return .seeOther(form.wish.next.path)
    }
  }

  /// `POST /sign-in/again/code`: sends a code to the member's number: 303 back; 404 without one; 429.
  @Sendable func sendCode(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let wish = try await request.form(ProofWish.self)

    let code = try await accounts.sendProofCode(
      to: principal.memberID,
      in: context.language,
      from: context.clientNetwork
    )

    return .seeOther("\(Self.path)?\(wish.next.parameter)&code_id=\(code.id)")
  }

  private func page(
    _ draft: FormDraft,
    next: NextPage,
    needsSecondFactor: Bool = false,
    codeID: VerificationCodeID? = nil,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let ways = try await accounts.proofWays(of: try context.member().memberID)
    let asksPhone = ways.way == .phone && !needsSecondFactor
    let model = Model(
      next: next.path,
      needsSecondFactor: needsSecondFactor,
      asksPassword: ways.way == .password && !needsSecondFactor,
      asksCode: ways.way == .code,
      asksPhone: asksPhone,
      lacksFactor: needsSecondFactor && !ways.hasSecondFactor,
      codeID: codeID?.description,
      phone: asksPhone ? ways.member.phone : nil,
      passkey: ways.hasPasskey ? accounts.passkeyRequest(context) : nil
    )
    return try await pages.render(
      "accounts/prove",
      model,
      section: "prove",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}
