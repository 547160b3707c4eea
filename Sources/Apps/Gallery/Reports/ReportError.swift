import ArtelWeb

/// Why a report, or the decision about one, is refused.
enum ReportError: Error {
  /// Nobody reports what is theirs, or decides about it.
  case own
  /// A comment has no pictures that could be banned.
  case nothingToBan
}

extension ReportError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .own: .forbidden
    case .nothingToBan: .validation([FieldError("decision", "choice")])
    }
  }
}
