import ArtelWeb

/// Why a post refuses.
enum PostError: Error {
  /// Only the author changes or deletes a post.
  case notAuthor
  /// The request brought no picture.
  case noPicture
  /// One post takes one picture.
  case severalPictures
}

extension PostError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .notAuthor: .forbidden
    case .noPicture: refusal(.required, "image_required")
    case .severalPictures: refusal("too_many", "image_several")
    }
  }

  private func refusal(_ code: FieldError.Code, _ messageKey: String) -> Problem {
    .validation([FieldError("image", code, messageKey: messageKey)])
  }
}
