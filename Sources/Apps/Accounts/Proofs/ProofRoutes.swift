import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// `/api/sessions/current/proof`: proving again who one is, as JSON.
struct ProofRoutes: Sendable {
  let accounts: Accounts

  static let path = "/api/sessions/current/proof"

  static let show = Operation(
    .get,
    path,
    id: "getProof",
    "Says how lately the caller proved who they are in this session, and by what they can."
  )
  .tagged("Sessions")
  .needs(.member)
  .answers(.json(ProofResource.self))

  static let update = Operation(
    .put,
    path,
    id: "proveSession",
    "Proves again who the caller is, as acts of consequence ask for it after 12 hours."
  )
  .tagged("Sessions")
  .explained(
    "`way` of `getProof` says what is taken: `password`, the `code` of an authenticator or a recovery "
      + "code, or the `code` sent to the phone, with its `code_id`."
  )
  .needs(.member)
  .takes(GivenProof.self)
  .answers(.json(ProofResource.self))
  .refuses(.wrongPassword, .wrongCode, .phoneCode, .tooManyRequests)

  static let createCode = Operation(
    .post,
    "\(path)/codes",
    id: "createProofCode",
    "Sends a code to the caller's own number, to prove with."
  )
  .tagged("Sessions")
  .needs(.member)
  .answers(.json(PhoneCodeReceipt.self, status: .created))
  .refuses(.notFound, .codesNotSent, .tooManyRequests)

  static let operations = [show.description, update.description, createCode.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.show, use: show)
    routes.add(Self.update, use: update)
    routes.add(Self.createCode, use: createCode)
  }

  /// `GET /api/sessions/current/proof`: 200; 401 for guests.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await answer(to: try context.member())
  }

  /// `PUT /api/sessions/current/proof`: 200; 401 when the code is wrong; 403 without the right
  /// password; 429.
  @Sendable func update(
    _ request: Request,
    _ context: WebContext,
    _ given: GivenProof
  ) async throws -> Response {
    let principal = try context.member()

    let origin = SessionOrigin(request, context)
    try await accounts.prove(principal, by: given, from: origin, context.clientNetwork)

    accounts.forgetBrowser(context)
    return try await answer(to: principal)
  }

  /// `POST /api/sessions/current/proof/codes`: 201; 404 without a number; 429.
  @Sendable func createCode(_ request: Request, _ context: WebContext) async throws -> Response {
    let code = try await accounts.sendProofCode(
      to: try context.member().memberID,
      in: context.language,
      from: context.clientNetwork
    )

    return .json(PhoneCodeReceipt(code), status: .created)
  }

  private func answer(to principal: Principal) async throws -> Response {
    let ways = try await accounts.proofWays(of: principal.memberID)
    let session = try await Session.find(principal.sessionID, in: accounts.db)
    return .json(ProofResource(proof: session.proof, ways: ways))
  }
}

/// How lately a member proved who they are, and by what they can.
struct ProofResource: Sendable {
  let proof: Principal.Proof
  let way: ProofWays.Way
  let hasSecondFactor: Bool

  init(proof: Principal.Proof, way: ProofWays.Way, hasSecondFactor: Bool) {
    self.proof = proof
    self.way = way
    self.hasSecondFactor = hasSecondFactor
  }

  init(proof: Principal.Proof, ways: ProofWays) {
    self.init(proof: proof, way: ways.way, hasSecondFactor: ways.hasSecondFactor)
  }
}

extension ProofResource: JSONResource {
  static let schemaName = "Proof"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("way", way.rawValue)
      json.field("proved_at", proof.provedAt)
      json.field("has_second_factor", hasSecondFactor)
      json.field("second_factor_at", proof.secondFactorAt)
    }
  }

  static let examples = [
    ProofResource(
      proof: Principal.Proof(provedAt: date, secondFactorAt: date),
      way: .code,
      hasSecondFactor: true
    ),
    ProofResource(proof: Principal.Proof(provedAt: date), way: .password, hasSecondFactor: false),
  ]

  private static let date = Date(timeIntervalSince1970: 1_795_233_914.123456)
}
