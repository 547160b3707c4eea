import ArtelWeb

/// Why Gallery cannot act for a member.
enum MemberError: Error {
  /// The account no longer exists.
  case departed
}

extension MemberError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .departed: .unauthenticated
    }
  }
}
