import ArtelWeb

/// Why a comment refuses, or is refused.
enum CommentError: Error {
  /// Only the author changes a comment.
  case notAuthor
  /// Only its author, the author of the post and moderators delete a comment.
  case notDeletable
  /// The member and the author of the post have nothing to do with each other.
  case blocked
}

extension CommentError: ProblemConvertible {
  var problem: Problem { .forbidden }
}
