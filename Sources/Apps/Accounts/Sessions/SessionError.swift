import ArtelWeb
import HTTPTypes

/// Why nobody is signed in.
enum SessionError: Error, Hashable {
  /// 401: nobody has this login, or not this password, or the member may not sign in; one answer
  /// for all, so that it does not tell who has an account.
  case wrongCredentials
  /// 403: the password is right, and an administrator suspended the member for this reason.
  case suspended(reason: String)
  /// 401: the refresh token is unknown, used or past its time.
  case refreshTokenRefused
}

extension SessionError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .wrongCredentials: Problem(.credentials)
    case .suspended(let reason): Problem(.suspended, parameters: ["reason": reason])
    case .refreshTokenRefused: Problem(.refreshToken)
    }
  }
}

extension Problem.Kind {
  /// 401: login and password do not fit.
  static let credentials = Problem.Kind("credentials", status: .unauthorized)
  /// 403: an administrator suspended the member.
  static let suspended = Problem.Kind("suspended", status: .forbidden)
  /// 401: the refresh token does not work, or no longer.
  static let refreshToken = Problem.Kind("refresh_token", status: .unauthorized)
}
