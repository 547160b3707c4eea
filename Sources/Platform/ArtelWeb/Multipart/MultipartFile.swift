public import NIOCore

/// A file of a multipart body while it arrives.
///
/// Its chunks are read once, in order; reading waits for the network, and the network waits for
/// reading. Belongs to the closure it was given to; chunks not read when that returns are dropped.
public struct MultipartFile: AsyncSequence {
  /// A piece of the file.
  public typealias Element = ByteBuffer

  /// Reads the chunks of the file.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: MultipartReader

    /// The next chunk; nil at the end of the file.
    public mutating func next() async throws -> ByteBuffer? {
      try await reader.nextChunk()
    }
  }

  let part: MultipartPart
  let reader: MultipartReader

  /// The name of the field.
  public var name: String { part.name }

  /// The file's name as the sender gave it; shown at most, never used as a path.
  public var filename: String { part.filename ?? "" }

  /// The content type as the sender claims it.
  public var contentType: String? { part.contentType }

  /// Reads the chunks of the file.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(reader: reader)
  }
}
