import ArtelWeb

/// Why a report is refused.
enum ReportError: Error {
  /// Nobody reports what is theirs.
  case own
}

extension ReportError: ProblemConvertible {
  var problem: Problem { .forbidden }
}
