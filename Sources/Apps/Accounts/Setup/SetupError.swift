import ArtelWeb
import HTTPTypes

/// Why a set-up link makes nobody administrator.
enum SetupError: Error, Hashable {
  /// 404: the link is unknown, used or a day old, or there is an administrator already.
  case linkClosed
}

extension SetupError: ProblemConvertible {
  var problem: Problem { Problem(Problem.Kind("setup_link", status: .notFound)) }
}
