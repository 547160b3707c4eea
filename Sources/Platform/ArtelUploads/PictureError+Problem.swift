public import ArtelPictures
public import ArtelWeb

extension PictureError: ProblemConvertible {
  /// What is wrong with the `image` field, or what to try later when it is not the picture's fault.
  public var problem: Problem {
    switch self {
    case .empty: refusal("image_empty")
    case .tooLarge:
      Problem(
        .tooLarge,
        errors: [FieldError("image", .init(rawValue: code), messageKey: "image_too_large")]
      )
    case .unsupportedType: refusal("image_type")
    case .tooManyPixels, .tooLong: refusal("image_too_many_pixels")
    case .tooManyFrames: refusal("image_too_many_frames")
    case .damaged, .workerCrashed, .tookTooLong: refusal("image_damaged")
    case .busy, .stopped, .cancelled, .workerUnavailable, .disk: .unavailable
    }
  }

  private func refusal(_ messageKey: String) -> Problem {
    .validation([FieldError("image", .init(rawValue: code), messageKey: messageKey)])
  }
}
