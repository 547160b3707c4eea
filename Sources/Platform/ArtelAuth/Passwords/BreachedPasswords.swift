public import ArtelConcurrency
import Crypto
import Glibc

/// A list of passwords that are known from breaches: a file that the operator keeps.
///
/// The file has one line for each password, in ascending order: the SHA-1 digest of its UTF-8 as 40
/// hexadecimal digits in either case, and behind a colon anything, such as how often it was seen. Lines
/// end with LF or CRLF and have at most 256 bytes. That is the form in which Have I Been Pwned gives its
/// list away; it is far larger than memory, so it is searched where it lies. Whoever replaces the file
/// starts the server anew.
///
/// Source: OWASP ASVS 4.0.3, 2.1.7; NIST SP 800-63B, 5.1.1.2.
public struct BreachedPasswords: Sendable {
  private let file: SortedDigests
  private let pool: BlockingPool

  /// Opens a list and looks at lines from all over it: whether they are digests, and in order.
  ///
  /// Cost: at most 80 reads of 512 bytes, on the calling thread.
  ///
  /// - Parameters:
  ///   - path: Of the file.
  ///   - pool: Where the file is read.
  /// - Throws: ``BreachedPasswordsError``.
  public init(path: String, pool: BlockingPool) throws {
    file = try SortedDigests(path: path)
    self.pool = pool
    try file.check()
  }

  /// Whether the list has a password.
  ///
  /// Cost: a read of 512 bytes for each time that the file can be halved, 36 for one of 40 GB; no password
  /// and no digest leaves the process.
  ///
  /// - Throws: ``BreachedPasswordsError`` when the file cannot be read any more; `BlockingPoolError`.
  public func contains(_ password: String) async throws -> Bool {
    let digest = Array(Insecure.SHA1.hash(data: Array(password.utf8)))
    return try await pool.run { [file] in try file.contains(digest) }
  }
}

/// Why a list of breached passwords cannot be used.
public enum BreachedPasswordsError: Error, Hashable {
  /// The system says so, by this `errno`.
  case unreadable(Int32)
  /// At this byte is no digest, or one that is less than one before it.
  case malformed(Int)
}

extension BreachedPasswordsError: CustomStringConvertible {
  /// What the file has to be, and what is wrong with this one; without a path or a password.
  public var description: String {
    switch self {
    case .unreadable(let code):
      "a file that can be read: \(String(cString: strerror(code)))"
    case .malformed(let offset):
      """
      lines of SHA-1 digests in ascending order, 40 hexadecimal digits each, whole to the end; not so at \
      byte \(offset)
      """
    }
  }
}

/// An open file of sorted lines that begin with digests.
private final class SortedDigests: Sendable {
  private static let digestBytes = 20
  private static let pieceBytes = 512
  /// So that a piece has a whole line, wherever it begins.
  private static let lineBytes = 256
  private static let samples = 64

  private let descriptor: Int32
  private let size: Int

  init(path: String) throws(BreachedPasswordsError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .unreadable(errno) }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Looks at evenly spread lines, and at every one of the last 512 bytes: a list that was not brought
  /// here whole mostly ends within a line.
  func check() throws(BreachedPasswordsError) {
    guard size > 0 else { throw .malformed(0) }
    var before: [UInt8] = []
    let tail = max(0, size - Self.pieceBytes)
    for sample in 0...Self.samples {
      _ = try check(firstLine(from: sample * tail / Self.samples), after: &before)
    }
    var end = try firstLine(from: tail)?.end ?? size
    while end < size {
      end = try check(firstLine(from: end), after: &before)
    }
  }

  /// Checks a line that has to be there, and says where the next one begins.
  private func check(
    _ line: Line?,
    after before: inout [UInt8]
  ) throws(BreachedPasswordsError) -> Int {
    guard let line else { throw .malformed(size) }
    guard line.end - line.start <= Self.lineBytes,
      !line.digest.lexicographicallyPrecedes(before)
    else { throw .malformed(line.start) }
    before = line.digest
    return line.end
  }

  func contains(_ wanted: [UInt8]) throws(BreachedPasswordsError) -> Bool {
    // The lines that begin in here may have it; the first one begins where this does.
    var candidates = 0..<size
    while !candidates.isEmpty {
      let middle = candidates.lowerBound + candidates.count / 2
      guard let line = try firstLine(from: middle), line.start < candidates.upperBound else {
        candidates = candidates.lowerBound..<middle
        continue
      }
      if line.digest == wanted { return true }
      candidates =
        line.digest.lexicographicallyPrecedes(wanted)
        ? line.end..<max(line.end, candidates.upperBound)
        : candidates.lowerBound..<line.start
    }
    return false
  }

  /// Bytes of the file, and where they begin.
  private struct Piece {
    let offset: Int
    let bytes: [UInt8]
    let isLast: Bool
  }

  /// A line, by where in the file it begins and the next one does.
  private struct Line {
    let start: Int
    let end: Int
    let digest: [UInt8]
  }

  /// The first line that begins at an offset or behind it; nil behind the last one.
  private func firstLine(from offset: Int) throws(BreachedPasswordsError) -> Line? {
    guard offset > 0 else { return try line(at: 0, of: try read(from: 0)) }
    let piece = try read(from: offset - 1)
    guard let end = piece.bytes.firstIndex(of: UInt8(ascii: "\n")) else {
      guard piece.isLast else { throw .malformed(offset) }
      return nil
    }
    return try line(at: end + 1, of: piece)
  }

  /// The line that begins at an index of a piece; nil when the file ends there.
  private func line(at index: Int, of piece: Piece) throws(BreachedPasswordsError) -> Line? {
    let rest = piece.bytes[index...]
    if rest.isEmpty && piece.isLast { return nil }
    let start = piece.offset + index
    let newline = rest.firstIndex(of: UInt8(ascii: "\n"))
    guard newline != nil || piece.isLast,
      let digest = Self.digest(of: rest[..<(newline ?? rest.endIndex)])
    else { throw .malformed(start) }
    let end = newline.map { $0 + 1 } ?? rest.endIndex
    return Line(start: start, end: piece.offset + end, digest: digest)
  }

  private static func digest(of line: ArraySlice<UInt8>) -> [UInt8]? {
    let digits = line.prefix(2 * digestBytes)
    let behind = line.dropFirst(digits.count).first.map(UnicodeScalar.init)
    guard digits.count == 2 * digestBytes, behind == nil || behind == ":" || behind == "\r"
    else { return nil }
    var digest: [UInt8] = []
    for index in stride(from: digits.startIndex, to: digits.endIndex, by: 2) {
      guard let high = value(ofDigit: digits[index]), let low = value(ofDigit: digits[index + 1])
      else { return nil }
      digest.append(high << 4 | low)
    }
    return digest
  }

  private static func value(ofDigit digit: UInt8) -> UInt8? {
    Character(UnicodeScalar(digit)).hexDigitValue.map(UInt8.init)
  }

  /// What the file has from an offset on, 512 bytes at most.
  private func read(from offset: Int) throws(BreachedPasswordsError) -> Piece {
    var bytes = [UInt8](repeating: 0, count: min(Self.pieceBytes, size - offset))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        return pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(errno) }
      // Somebody cut the file.
      guard count > 0 else { throw .malformed(offset + filled) }
      filled += count
    }
    return Piece(offset: offset, bytes: bytes, isLast: offset + filled == size)
  }
}
