import ArtelPictures
import ArtelWeb

extension PictureError {
  /// What is wrong with the `image` field, or what to try later when it is not the picture's fault.
  var problem: Problem {
    switch self {
    case .empty: refusal("picture_empty", message: "image_empty")
    case .tooLarge: Problem(.tooLarge, errors: [FieldError("image", "too_large", messageKey: "image_too_large")])
    case .unsupportedType: refusal("unsupported_type", message: "image_type")
    case .tooManyPixels: refusal("too_many_pixels", message: "image_too_many_pixels")
    case .damaged, .workerCrashed: refusal("damaged", message: "image_damaged")
    default: .unavailable
    }
  }

  private func refusal(_ code: FieldError.Code, message: String) -> Problem {
    .validation([FieldError("image", code, messageKey: message)])
  }
}
