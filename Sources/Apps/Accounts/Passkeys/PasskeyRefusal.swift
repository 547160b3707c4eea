import ArtelAuth
import ArtelWeb
import HTTPTypes

/// Why a passkey is refused.
enum PasskeyRefusal: Error, Hashable {
  /// 401: it did not prove whose it is; one answer for every reason.
  case refused
  /// 409: the member has as many as one may have.
  case tooMany

  /// Runs a check of the platform, whose reasons are nobody's business.
  static func translating<Value>(_ check: () async throws -> Value) async throws -> Value {
    do {
      return try await check()
    } catch is PasskeyError {
      throw PasskeyRefusal.refused
    }
  }
}

extension PasskeyRefusal: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .refused: Problem(.passkeyRefused)
    case .tooMany: Problem(.tooManyPasskeys)
    }
  }
}

extension Problem.Kind {
  /// 401: a passkey did not prove whose it is.
  static let passkeyRefused = Problem.Kind("passkey_refused", status: .unauthorized)
  /// 409: a member has as many passkeys as one may have.
  static let tooManyPasskeys = Problem.Kind("too_many_passkeys", status: .conflict)
}

extension Act {
  /// A member added a passkey.
  static let passkeyAdded = Act("passkey.added", level: .warning)
  /// A member removed a passkey.
  static let passkeyRemoved = Act("passkey.removed", level: .warning)
  /// A member signed in by a passkey.
  static let passkeyUsed = Act("passkey.used")
  /// The counter of a passkey went back, which a copy of the key would explain.
  static let passkeyRegressed = Act("passkey.regressed", level: .error)
}
