import ArtelAuth
import ArtelWeb
import Hummingbird

/// What an API client gets when the password was right and a code is needed, too.
struct ChallengeResource: Sendable {
  let challenge: OpaqueToken
}

extension ChallengeResource: JSONResource {
  static let schemaName = "SignInChallenge"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("challenge", challenge.text)
      json.field("expires_in", Int(SignInChallenge.lifetime))
    }
  }

  static let examples = [
    OpaqueToken("artel_ch_Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8", .challenge)
  ]
  .compactMap { token in token.map { ChallengeResource(challenge: $0) } }
}

extension Response {
  /// 201 with the tokens, or 202 with the challenge.
  static func admitting(_ admission: Admission<TokenPair>) -> Response {
    switch admission {
    case .opened(let tokens): .json(tokens, status: .created)
    case .challenged(let challenge):
      .json(ChallengeResource(challenge: challenge), status: .accepted)
    }
  }
}
