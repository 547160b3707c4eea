public import ArtelConcurrency
import Glibc
import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
  /// Answers with a file, read in chunks on the pool while it is sent.
  ///
  /// - Parameters:
  ///   - path: The file; opened before this returns, so that deleting it later does no harm.
  ///   - contentType: What the file was found to be.
  ///   - tag: Names this content; a caller who holds it gets 304.
  ///   - cache: How long and by whom it may be kept.
  ///   - request: The request to answer.
  ///   - pool: Opens, reads and closes the file.
  /// - Returns: The file, or 304.
  /// - Throws: ``Problem/notFound`` when there is no such regular file.
  public static func file(
    at path: String,
    contentType: String,
    tag: EntityTag,
    cache: CachePolicy,
    for request: Request,
    pool: BlockingPool
  ) async throws -> Response {
    try await request.conditional(on: tag, cache: cache) {
      let file = try await pool.run { try OpenFile(path: path) }
      return Response(
        status: .ok,
        headers: [.contentType: contentType],
        body: ResponseBody(contentLength: file.sizeBytes) { writer in
          var offset = 0
          while offset < file.sizeBytes {
            let start = offset
            let chunk = try await pool.run { try file.read(at: start) }
            offset += chunk.readableBytes
            try await writer.write(chunk)
          }
          try await writer.finish(nil)
        }
      )
    }
  }
}

/// An open file; closed when nobody holds it any more, also when a client goes away half-way.
private final class OpenFile: Sendable {
  private static let chunkBytes = 131_072

  let sizeBytes: Int
  private let descriptor: CInt

  init(path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      sizeBytes = 0
      throw errno == ENOENT || errno == ENOTDIR ? Problem.notFound : Problem.unavailable
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      sizeBytes = 0
      throw Problem.notFound
    }
    sizeBytes = Int(status.st_size)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next chunk; never empty.
  func read(at offset: Int) throws -> ByteBuffer {
    let length = min(Self.chunkBytes, sizeBytes - offset)
    var buffer = ByteBufferAllocator().buffer(capacity: length)
    let count = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { bytes in
      let count = pread(descriptor, bytes.baseAddress, length, off_t(offset))
      // The file shrank or the disk is broken: the promised length cannot be kept any more.
      guard count > 0 else { throw Problem.unavailable }
      return count
    }
    precondition(count > 0)
    return buffer
  }
}
