/// An address within this site to go on to after a form, never another site's.
///
/// Where to go on comes from the browser, so anybody can write it into a link (an open redirect).
public struct LocalPath: Sendable, Hashable {
  /// The path and query; `/` when the candidate was not one of this site.
  public let text: String

  /// Takes a path that begins with one slash, has no backslash, space or control character and at
  /// most 2,000 bytes; anything else becomes `/`.
  public init(_ candidate: String?) {
    text = candidate.flatMap { LocalPath.isLocal($0) ? $0 : nil } ?? "/"
  }

  private static func isLocal(_ path: String) -> Bool {
    let bytes = Array(path.utf8.prefix(2001))
    guard bytes.first == UInt8(ascii: "/"), bytes.count <= 2000 else { return false }
    // Browsers read `//host` and `/\host` as another site.
    if bytes.count > 1, bytes[1] == UInt8(ascii: "/") { return false }
    return bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
  }
}
