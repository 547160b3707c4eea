import ArtelWeb
import HTTPTypes

/// Why a member's picture finds no room.
enum QuotaError: Error {
  /// With it the member would store more than each member may.
  case exceeded
}

extension QuotaError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .exceeded:
      Problem(
        .quotaExceeded,
        errors: [FieldError("image", "quota_exceeded", messageKey: "image_quota")]
      )
    }
  }
}

extension Problem.Kind {
  /// 413: the member's pictures would take more room than each member has.
  static let quotaExceeded = Problem.Kind("quota_exceeded", status: .contentTooLarge)
}
