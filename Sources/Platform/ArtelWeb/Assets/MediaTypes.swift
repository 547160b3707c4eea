/// Content types by the ending of a file's name.
enum MediaTypes {
  private static let byEnding: [Substring: String] = [
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "json": "application/json",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "woff": "font/woff",
    "map": "application/json",
  ]

  /// The content type; `application/octet-stream` for unknown endings.
  static func contentType(ofFile name: String) -> String {
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...] } ?? ""
    return byEnding[ending] ?? "application/octet-stream"
  }

  /// Whether a file is text that may hold references.
  static func isText(_ name: String) -> Bool {
    let type = contentType(ofFile: name)
    return type.hasPrefix("text/") || type.hasSuffix("json") || type.hasSuffix("xml")
  }
}
