import ArtelWeb
import HTTPTypes

/// Why a member is not made or changed.
enum MemberError: Error, Hashable {
  /// 422: another member has the username, whatever its case.
  case usernameTaken
  /// 422: another member has the e-mail address, whatever its case.
  case emailTaken
  /// 422: another member has the number.
  case phoneTaken
  /// 403: the password is not the member's, so nothing is done in their name.
  case wrongPassword
  /// 409: nobody would run the installation any more.
  case lastAdministrator
  /// 409: nobody blocks, mutes or suspends themselves.
  case oneself
  /// 403: administrators closed signing up.
  case signUpClosed
  /// 409: the member may not sign in, or has no mail address.
  case unreachable
}

extension MemberError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .usernameTaken: .validation("username", .taken)
    case .emailTaken: .validation("email", .taken)
    case .phoneTaken: .validation("phone", .taken)
    case .wrongPassword: Problem(.wrongPassword)
    case .lastAdministrator: Problem(.lastAdministrator)
    case .oneself: Problem(.oneself)
    case .signUpClosed: Problem(.signUpClosed)
    case .unreachable: Problem(.unreachable)
    }
  }
}

extension Problem.Kind {
  /// 403: the password is not the member's.
  static let wrongPassword = Problem.Kind("wrong_password", status: .forbidden)
  /// 409: the only administrator cannot leave.
  static let lastAdministrator = Problem.Kind("last_administrator", status: .conflict)
  /// 409: nobody blocks, mutes or suspends themselves.
  static let oneself = Problem.Kind("oneself", status: .conflict)
  /// 403: administrators closed signing up.
  static let signUpClosed = Problem.Kind("sign_up_closed", status: .forbidden)
  /// 409: the member may not sign in, or has no mail address.
  static let unreachable = Problem.Kind("unreachable", status: .conflict)
}
