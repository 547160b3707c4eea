import ArtelWeb

/// Why a post refuses.
enum PostError: Error {
  /// Only the author changes or deletes a post.
  case notAuthor
  /// A moderator took the post down; its author cannot take it out of the trash.
  case takenDown
}

extension PostError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .notAuthor, .takenDown: .forbidden
    }
  }
}
