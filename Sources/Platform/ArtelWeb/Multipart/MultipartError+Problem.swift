extension MultipartError: ProblemConvertible {
  /// 413 for what is too large, else 400.
  public var problem: Problem {
    switch self {
    case .malformed(let reason): .badRequest("The multipart body is malformed: \(reason).")
    case .truncated: .badRequest("The multipart body ends too early.")
    case .tooManyParts, .headerTooLarge, .fieldTooLarge, .fileTooLarge, .bodyTooLarge: .tooLarge
    }
  }
}
