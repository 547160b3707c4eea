import ArtelWeb
import HTTPTypes

/// Why a share link refuses, or is refused.
enum ShareLinkError: Error {
  /// The post has as many links as a post may have.
  case tooMany
  /// It would end in the past, or after more than a year.
  case endOutOfRange
}

extension ShareLinkError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .tooMany: Problem(.tooManyLinks)
    case .endOutOfRange:
      .validation([FieldError("until", .range, messageKey: "link_until")])
    }
  }
}

extension Problem.Kind {
  /// 409: the post has as many share links as a post may have.
  static let tooManyLinks = Problem.Kind("too_many_links", status: .conflict)
}
