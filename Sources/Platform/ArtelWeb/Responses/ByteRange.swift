import HTTPTypes
import Hummingbird

/// Which bytes of a file a caller asks for.
///
/// Source: RFC 9110, 14.
enum ByteRange: Equatable {
  /// All of them.
  case whole
  /// Some of them; never empty.
  case part(Range<Int>)
  /// None that the file has.
  case unsatisfiable

  /// Reads the `Range` header of a GET on a file of `sizeBytes` bytes, whose content `tag` names.
  ///
  /// A server may ignore the header, and this one does unless it asks for exactly one range of bytes:
  /// answers of several parts cost more than they are used.
  init(of request: Request, sizeBytes: Int, tag: EntityTag) {
    guard request.method == .get, let header = request.headers.firstValue(of: .range),
      request.headers.firstValue(of: .ifRange).map(tag.isStrongly(named:)) ?? true,
      let range = ByteRange(header, sizeBytes: sizeBytes)
    else {
      self = .whole
      return
    }
    self = range
  }

  /// Reads the value of a `Range` header; nil when it asks for anything but one range of bytes.
  init?(_ header: String, sizeBytes: Int) {
    let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let ends = parts[1].trimmingSpaces().split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    switch (ByteRange.position(ends[0]), ByteRange.position(ends[1])) {
    case (.some(let first), .some(let last)):
      guard first <= last else { return nil }
      self.init(from: first, to: last, sizeBytes)
    case (.some(let first), nil):
      guard ends[1].isEmpty else { return nil }
      self.init(from: first, to: .max, sizeBytes)
    case (nil, .some(let length)):
      guard ends[0].isEmpty else { return nil }
      self =
        length == 0 || sizeBytes == 0
        ? .unsatisfiable : .part(max(0, sizeBytes - length)..<sizeBytes)
    case (nil, nil):
      return nil
    }
  }

  private init(from first: Int, to last: Int, _ sizeBytes: Int) {
    self = first < sizeBytes ? .part(first..<min(last, sizeBytes - 1) + 1) : .unsatisfiable
  }

  /// A number of digits alone; those too large for any file are the largest.
  private static func position(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text) ?? .max
  }
}
