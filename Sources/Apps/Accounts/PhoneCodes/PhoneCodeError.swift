import ArtelWeb
import HTTPTypes

/// Why a code opens nothing.
enum PhoneCodeError: Error, Hashable {
  /// 401: the code is wrong, unknown, too old or was tried too often, or its member may not sign in;
  /// one answer for all.
  case refused
  /// 422: the number belongs to nobody yet, so a name is needed. Said to who has the number only.
  case nameNeeded
  /// 409: another member has the number. Said to who has the number only.
  case phoneTaken
  /// 409: without the number the member could not sign in any more.
  case onlyWayIn
  /// 403: administrators stopped sending codes.
  case notSent
}

extension PhoneCodeError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .refused: Problem(.phoneCode)
    case .nameNeeded: .validation("display_name", .required)
    case .phoneTaken: Problem(.phoneTaken)
    case .onlyWayIn: Problem(.onlyWayIn)
    case .notSent: Problem(.codesNotSent)
    }
  }
}

extension Problem.Kind {
  /// 401: the code does not work.
  static let phoneCode = Problem.Kind("phone_code", status: .unauthorized)
  /// 409: another member has the number.
  static let phoneTaken = Problem.Kind("phone_taken", status: .conflict)
  /// 409: the member has no other way to sign in.
  static let onlyWayIn = Problem.Kind("only_way_in", status: .conflict)
  /// 403: administrators stopped sending codes.
  static let codesNotSent = Problem.Kind("codes_not_sent", status: .forbidden)
}

extension Act {
  /// A code of the telephone was wrong, too old, or tried too often.
  static let phoneCodeRefused = Act("phone_code.refused", level: .warning)
}
