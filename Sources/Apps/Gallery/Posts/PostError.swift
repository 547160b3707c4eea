import ArtelWeb

/// Why a post refuses.
enum PostError: Error {
  /// Only the author changes or deletes a post.
  case notAuthor
}

extension PostError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .notAuthor: .forbidden
    }
  }
}
