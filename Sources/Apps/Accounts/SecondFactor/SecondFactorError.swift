import ArtelWeb
import HTTPTypes

/// Why a second factor is refused.
enum SecondFactorError: Error, Hashable {
  /// 401: the code is wrong, or was used before.
  case wrongCode
  /// 401: the sign-in took too long, too many codes were tried, another password was set meanwhile, or it
  /// is not known.
  case challengeClosed
  /// 409: codes are asked for already.
  case isOn
}

extension SecondFactorError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .wrongCode: Problem(.wrongCode)
    case .challengeClosed: Problem(.challengeClosed)
    case .isOn: Problem(.conflict)
    }
  }
}

extension Problem.Kind {
  /// 401: the code is wrong, or was used before.
  static let wrongCode = Problem.Kind("wrong_code", status: .unauthorized)
  /// 401: the sign-in has to begin again.
  static let challengeClosed = Problem.Kind("challenge_closed", status: .unauthorized)
}

extension Act {
  /// A member asks for codes at sign-in from now on.
  static let twoFactorOn = Act("two_factor.on", level: .warning)
  /// A member asks for codes no more.
  static let twoFactorOff = Act("two_factor.off", level: .warning)
  /// A member has other recovery codes.
  static let recoveryCodesRenewed = Act("recovery_codes.renewed", level: .warning)
  /// A recovery code was used up, at sign-in or in the settings.
  static let recoveryCodeUsed = Act("recovery_code.used", level: .warning)
  /// A code that had been used, or is older than one that was, was shown again.
  static let codeReused = Act("code.reused", level: .warning)
  /// The code of a sign-in was wrong.
  static let codeRefused = Act("code.refused", level: .warning)
}
