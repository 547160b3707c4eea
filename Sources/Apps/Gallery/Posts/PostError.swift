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
    case .noPicture: .validation("image", .required)
    case .severalPictures: .validation("image", .range)
    }
  }
}
