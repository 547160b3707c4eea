import Glibc

/// Why a ``BlobStore`` refused or could not do something.
public struct StorageError: Error, Hashable, Sendable {
  /// The kind of refusal; open to growth, so compare with `==` instead of listing all of them.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// Stable name, such as `too_large`.
    public let description: String

    /// More bytes arrived than the upload's limit.
    public static let tooLarge = Code(description: "too_large")
    /// The upload was finished, cancelled or had failed before.
    public static let closed = Code(description: "closed")
    /// There is no such blob or file.
    public static let missing = Code(description: "missing")
    /// The disk is full or a quota is reached.
    public static let noSpace = Code(description: "no_space")
    /// Somebody else is at it.
    public static let busy = Code(description: "busy")
    /// Any other failure of the file system.
    public static let disk = Code(description: "disk")
  }

  /// The kind of refusal.
  public let code: Code
  private let detail: String

  init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  /// Describes the failed system call `call` on `path`.
  init(errno number: Int32, _ call: String, _ path: String) {
    switch number {
    case ENOENT: code = .missing
    case ENOSPC, EDQUOT: code = .noSpace
    default: code = .disk
    }
    detail = "\(call) \(path): \(String(cString: strerror(number)))"
  }
}

extension StorageError: CustomStringConvertible, CustomDebugStringConvertible {
  /// Text that is safe to show: names no path.
  public var description: String {
    switch code {
    case .tooLarge: "The file is larger than allowed."
    case .closed: "The upload has already ended."
    case .missing: "The file does not exist."
    case .busy: "The files are being checked already."
    case .noSpace: "There is no space left for files."
    default: "The file could not be stored."
    }
  }

  /// Text for the log: with system call and path.
  public var debugDescription: String { "\(code): \(detail)" }
}
