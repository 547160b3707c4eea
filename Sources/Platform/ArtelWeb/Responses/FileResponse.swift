public import ArtelConcurrency
import Glibc
import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
  /// Answers with a file or the range of it that was asked for, read in chunks on the pool while it
  /// is sent.
  ///
  /// A `Range` header of one range gets 206, one that begins behind the end 416; `If-Range` is
  /// understood with an entity tag.
  ///
  /// - Parameters:
  ///   - path: The file; opened before this returns, so that deleting it later does no harm.
  ///   - contentType: What the file was found to be.
  ///   - tag: Names this content; a caller who holds it gets 304.
  ///   - cache: How long and by whom it may be kept.
  ///   - request: The request to answer.
  ///   - pool: Opens, reads and closes the file.
  /// - Returns: The file, a part of it, or 304.
  /// - Throws: ``Problem/notFound`` when there is no such regular file;
  ///   ``Problem/Kind/rangeNotSatisfiable``.
  ///
  /// Source: RFC 9110, 14.
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
      var headers: HTTPFields = [.contentType: contentType, .acceptRanges: "bytes"]
      switch ByteRange(of: request, sizeBytes: file.sizeBytes, tag: tag) {
      case .whole:
        let body = file.body(of: 0..<file.sizeBytes, readBy: pool)
        return Response(status: .ok, headers: headers, body: body)
      case .part(let range):
        headers[.contentRange] =
          "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.sizeBytes)"
        let body = file.body(of: range, readBy: pool)
        return Response(status: .partialContent, headers: headers, body: body)
      case .unsatisfiable:
        throw Problem(
          .rangeNotSatisfiable,
          headers: [.contentRange: "bytes */\(file.sizeBytes)"]
        )
      }
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

  /// What is sent of a range of its bytes.
  func body(of range: Range<Int>, readBy pool: BlockingPool) -> ResponseBody {
    ResponseBody(contentLength: range.count) { writer in
      var rest = range
      while !rest.isEmpty {
        let next = rest
        let chunk = try await pool.run { try self.read(startOf: next) }
        rest.removeFirst(chunk.readableBytes)
        try await writer.write(chunk)
      }
      try await writer.finish(nil)
    }
  }

  /// The next chunk; never empty.
  private func read(startOf range: Range<Int>) throws -> ByteBuffer {
    let (offset, length) = (range.lowerBound, min(Self.chunkBytes, range.count))
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
