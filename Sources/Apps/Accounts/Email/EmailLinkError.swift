import ArtelWeb
import HTTPTypes

/// Why a link of a mail does nothing.
enum EmailLinkError: Error, Hashable {
  /// 404: the link is unknown, used or too old; one answer for all.
  case closed
}

extension EmailLinkError: ProblemConvertible {
  var problem: Problem { Problem(.emailLink) }
}

extension Problem.Kind {
  /// 404: the link does not work, or no longer.
  static let emailLink = Problem.Kind("email_link", status: .notFound)
}
