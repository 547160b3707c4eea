import ArtelWeb

/// Why a vote is refused.
enum VoteError: Error {
  /// The member and the author of the thing have nothing to do with each other.
  case blocked
}

extension VoteError: ProblemConvertible {
  var problem: Problem { .forbidden }
}
