import ArtelWeb
import HTTPTypes

/// Why a post refuses.
enum PostError: Error {
  /// Only the author changes or deletes a post.
  case notAuthor
  /// A moderator took the post down; its author cannot take it out of the trash.
  case takenDown
  /// It would have more than ``Post/pictureLimit`` pictures.
  case tooManyPictures
  /// More pictures are described than there are.
  case tooManyAlts
  /// A post has at least one picture.
  case lastPicture

  /// Whether a form is refused because of its pictures.
  var isAboutPictures: Bool { self == .tooManyPictures || self == .tooManyAlts }
}

extension PostError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .notAuthor, .takenDown: .forbidden
    case .tooManyPictures:
      .validation([
        FieldError(
          "image",
          "too_many",
          messageKey: "image_too_many",
          parameters: ["max": Post.pictureLimit]
        )
      ])
    case .tooManyAlts: .validation([FieldError("alts", "too_many", messageKey: "alts_too_many")])
    case .lastPicture: Problem(.lastPicture)
    }
  }
}

extension Problem.Kind {
  /// 409: it is the only picture of its post, which has at least one.
  static let lastPicture = Problem.Kind("last_picture", status: .conflict)
}
