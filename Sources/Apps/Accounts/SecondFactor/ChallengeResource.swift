import ArtelAuth
import ArtelWeb
import Hummingbird

/// What an API client gets when the password was right and there is another step.
struct ChallengeResource: Sendable {
  let challenge: OpaqueToken
  let step: SignInStep
}

extension ChallengeResource: JSONResource {
  static let schemaName = "SignInChallenge"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("challenge", challenge.text)
      json.field("step", step.rawValue)
      json.field("expires_in", Int(step.lifetime))
    }
  }

  static let examples = [
    OpaqueToken("artel_ch_Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8", .challenge)
  ]
  .compactMap { $0 }
  .flatMap { token in SignInStep.allCases.map { ChallengeResource(challenge: token, step: $0) } }
}

extension Response {
  /// 201 with the tokens, or 202 with the challenge.
  static func admitting(_ admission: Admission<TokenPair>) -> Response {
    switch admission {
    case .opened(let tokens): .json(tokens, status: .created)
    case .challenged(let challenge, let step):
      .json(ChallengeResource(challenge: challenge, step: step), status: .accepted)
    }
  }
}
