import ArtelWeb
import Hummingbird

/// Where a browser goes after signing in or up: the page that asked for it, or the feed.
struct NextPage: Sendable {
  /// A path within this site.
  let path: String

  /// Takes a path that came from outside; an address elsewhere becomes the feed.
  ///
  /// Browsers read `//host` and `/\host` as addresses of other sites, and drop tabs and line
  /// breaks.
  init(_ text: String?) {
    guard let text, text.hasPrefix("/"), !text.hasPrefix("//"),
      text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "\\") })
    else {
      path = "/"
      return
    }
    path = text
  }

  /// The same as a parameter of another page's address: `return_to=%2Fmine`.
  var parameter: String { "return_to=" + encoded }

  /// The path as it stands in the query of an address.
  var encoded: String {
    path.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    .joined()
  }

  /// Reads `?return_to=`.
  init(_ request: Request) {
    self.init(request.uri.queryParameters["return_to"].map(String.init))
  }

  /// Reads the hidden field of a form.
  init(_ fields: inout FormReader) {
    self.init(fields.optionalString("next", .length(0...4000)))
  }

  /// Reads the hidden field of a form that is shown again.
  init(_ draft: FormDraft) {
    self.init(draft.values["next"])
  }
}

/// What the templates of these pages need beside the form.
struct NextPageModel: Sendable {
  let next: String

  init(_ page: NextPage) {
    next = page.path
  }
}
