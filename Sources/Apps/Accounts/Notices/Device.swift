/// The families of browser and operating system that a `User-Agent` header claims.
///
/// For people to recognize a device by, so names and no versions; nothing is decided by them.
/// Source: RFC 9110, section 10.1.5, and what browsers send in fact.
struct Device: Hashable, Sendable {
  /// Such as `Firefox`, or the first product of a program that is no browser; nil when nothing is
  /// known.
  let browser: String?

  /// Such as `Linux`; nil when nothing is known.
  let system: String?

  init(userAgent: String) {
    browser =
      Self.family(in: userAgent, Self.browsers) ?? Self.program(userAgent)
    system = Self.family(in: userAgent, Self.systems)
  }

  // Browsers name those whose pages they want to be given, so the rarer one comes first.
  private static let browsers = [
    ("YaBrowser/", "Yandex Browser"), ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"), ("Vivaldi/", "Vivaldi"), ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
  ]

  private static let systems = [
    ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
  ]

  private static func family(in userAgent: String, _ families: [(String, String)]) -> String? {
    families.first { userAgent.contains($0.0) }?.1
  }

  /// The first product, such as `curl` of `curl/8.14.1`.
  private static func program(_ userAgent: String) -> String? {
    let product = userAgent.prefix { $0 != "/" && $0 != " " }
    let isName = product.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isName, (1...40).contains(product.utf8.count), product != "Mozilla" else { return nil }
    return String(product)
  }
}
