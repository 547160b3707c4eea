/// Why a ``PictureWorkshop`` did not prepare a picture; nothing is left in the directory then.
public enum PictureError: Error, Hashable, Sendable {
  /// The file has no bytes.
  case empty
  /// The file has more bytes than the limit.
  case tooLarge(limitBytes: Int)
  /// The content is no ``AcceptedPicture``; `found` names what it looks like, such as `SVG`.
  case unsupportedType(found: String?)
  /// Width × height × frames exceeds the limit.
  case tooManyPixels(found: Int, limit: Int)
  /// The longer side, in pixels, exceeds the limit.
  case tooLong(found: Int, limit: Int)
  /// The animation has more frames than the limit.
  case tooManyFrames(found: Int, limit: Int)
  /// The file is cut short or cannot be decoded.
  case damaged
  /// The worker ended while it had this picture; the next picture gets a fresh one.
  case workerCrashed
  /// The worker was ended because the picture took longer than the limit.
  case tookTooLong
  /// As many pictures wait as the workshop admits.
  case busy
  /// The workshop was stopped.
  case stopped
  /// The waiting task was cancelled.
  case cancelled
  /// The worker's program cannot be started; the log says why.
  case workerUnavailable
  /// A file could not be read or written; the log says why.
  case disk
}

extension PictureError {
  /// A stable name, such as `too_many_pixels`.
  public var code: String {
    switch self {
    case .empty: "empty"
    case .tooLarge: "too_large"
    case .unsupportedType: "unsupported_type"
    case .tooManyPixels: "too_many_pixels"
    case .tooLong: "too_long"
    case .tooManyFrames: "too_many_frames"
    case .damaged: "damaged"
    case .workerCrashed: "worker_crashed"
    case .tookTooLong: "took_too_long"
    case .busy: "busy"
    case .stopped: "stopped"
    case .cancelled: "cancelled"
    case .workerUnavailable: "worker_unavailable"
    case .disk: "disk"
    }
  }

  /// Whether another picture would have been taken: the fault lies in the file.
  public var isCallersFault: Bool {
    switch self {
    case .empty, .tooLarge, .unsupportedType, .tooManyPixels, .tooLong, .tooManyFrames, .damaged,
      .workerCrashed, .tookTooLong:
      true
    case .busy, .stopped, .cancelled, .workerUnavailable, .disk:
      false
    }
  }
}

extension PictureError: CustomStringConvertible {
  /// Text that is safe to show.
  public var description: String {
    switch self {
    case .empty: "The file is empty."
    case .tooLarge(let limit): "The file has more than \(limit) bytes."
    case .unsupportedType(let found?): "\(found) is not a supported kind of picture."
    case .unsupportedType(nil): "The file is not a supported kind of picture."
    case .tooManyPixels(_, let limit): "The picture has more than \(limit) pixels."
    case .tooLong(_, let limit): "The picture is longer than \(limit) pixels."
    case .tooManyFrames(_, let limit): "The picture has more than \(limit) frames."
    case .damaged: "The picture is damaged."
    case .workerCrashed: "The picture could not be read."
    case .tookTooLong: "The picture takes too long to read."
    case .busy: "Too many pictures are waiting."
    case .stopped: "Pictures are not taken at the moment."
    case .cancelled: "The upload was cancelled."
    case .workerUnavailable: "Pictures cannot be read at the moment."
    case .disk: "The picture could not be stored."
    }
  }
}
