/// How much a multipart body may bring; what passes a limit is refused as soon as it does.
public struct MultipartLimits: Sendable, Equatable {
  /// Most parts; default 100.
  public var parts = 100

  /// Most bytes of the headers of one part; default 8 KiB.
  public var headerBytes = 8192

  /// Most bytes of one text field; default 64 KiB.
  public var fieldBytes = 65_536

  /// Most bytes of one file; default 25 MiB.
  public var fileBytes = 26_214_400

  /// Most bytes of the whole body; default 32 MiB.
  public var totalBytes = 33_554_432

  /// The default limits.
  public init() {}

  /// Limits for files of a size; the whole body may be 1 MiB larger than `files` such files.
  public init(fileBytes: Int, files: Int = 1) {
    self.fileBytes = fileBytes
    totalBytes = fileBytes * files + 1_048_576
  }
}
