public import ArtelWeb

/// Why a form with a picture is refused: it takes exactly one.
public enum PictureCountError: Error {
  /// The request brought no picture.
  case none
  /// The request brought several.
  case several
}

extension PictureCountError: ProblemConvertible {
  /// What is wrong with the `image` field.
  public var problem: Problem {
    switch self {
    case .none: refusal(.required, "image_required")
    case .several: refusal("too_many", "image_several")
    }
  }

  private func refusal(_ code: FieldError.Code, _ messageKey: String) -> Problem {
    .validation([FieldError("image", code, messageKey: messageKey)])
  }
}
