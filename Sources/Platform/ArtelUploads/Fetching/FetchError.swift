public import ArtelWeb

/// Why a file is not fetched from an address.
public enum FetchError: Error, Equatable {
  /// Nobody answers there with a file, or nobody who may be asked: which of them is not told.
  case unreachable
  /// It is longer than allowed.
  case tooLarge
  /// It takes too long.
  case tooSlow
  /// It is no file of the kind that is wanted.
  case type
}

extension FetchError: ProblemConvertible {
  /// What is wrong with the `url` field.
  public var problem: Problem {
    switch self {
    case .unreachable: refusal("unreachable", "url_unreachable")
    case .tooLarge: refusal("too_large", "image_too_large")
    case .tooSlow: refusal("too_slow", "url_too_slow")
    case .type: refusal("unsupported_type", "image_type")
    }
  }

  private func refusal(_ code: FieldError.Code, _ messageKey: String) -> Problem {
    .validation([FieldError("url", code, messageKey: messageKey)])
  }
}
