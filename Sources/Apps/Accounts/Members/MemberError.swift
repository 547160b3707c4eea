import ArtelWeb

/// Why a member is not made or changed.
enum MemberError: Error, Hashable {
  /// 422: another member has the username, whatever its case.
  case usernameTaken
  /// 422: another member has the e-mail address, whatever its case.
  case emailTaken
}

extension MemberError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .usernameTaken: .validation("username", .taken)
    case .emailTaken: .validation("email", .taken)
    }
  }
}
