import Crypto
public import NIOCore

/// The style sheets, scripts and pictures of pages, each under an address that changes with its
/// content.
///
/// `app.css` is served as `/assets/app.<hash>.css`, which browsers may keep for ever. References
/// between assets are rewritten. Files of the folder `root` keep their names (`/favicon.ico`) and
/// are revalidated by their ETag. Immutable; all content is held in memory.
public struct AssetLibrary: Sendable {
  /// One file as it is served.
  public struct Asset: Sendable {
    /// The path of the address.
    public let path: String
    /// The content type.
    public let contentType: String
    /// The content.
    public let content: ByteBuffer
    /// The strong ETag, from the content's digest.
    public let tag: EntityTag
    /// Whether the address changes with the content.
    public let isImmutable: Bool
  }

  private let byPath: [String: Asset]
  private let pathByName: [String: String]

  /// A library without files.
  public static let empty = AssetLibrary(byPath: [:], pathByName: [:])

  private init(byPath: [String: Asset], pathByName: [String: String]) {
    self.byPath = byPath
    self.pathByName = pathByName
  }

  /// Makes a library of files.
  ///
  /// - Parameter files: Content by path within the folder of assets, such as `icons/logo.svg`.
  /// - Throws: ``AssetError`` for a reference to a file that is not there, a circle of references,
  ///   or two files whose names differ only in `/` and `.`.
  public init(files: [String: [UInt8]]) throws(AssetError) {
    var builder = AssetBuilder(files: files)
    for name in files.keys.sorted() {
      _ = try builder.address(of: name, from: name)
    }
    var pathByName: [String: String] = [:]
    for (name, asset) in builder.finished where asset.isImmutable {
      let dotted = name.replacing("/", with: ".")
      guard pathByName.updateValue(asset.path, forKey: dotted) == nil else {
        throw AssetError(file: name, reason: "has the same dotted name as another file")
      }
    }
    let byPath = Dictionary(builder.finished.values.map { ($0.path, $0) }) { $1 }
    self.init(byPath: byPath, pathByName: pathByName)
  }

  /// The file served at the path of an address.
  public subscript(path path: String) -> Asset? { byPath[path] }

  /// The address of a file, by its path with `.` or `/` between folders: `icons.logo.svg`.
  public func address(of name: String) -> String? {
    pathByName[name] ?? pathByName[name.replacing("/", with: ".")]
  }

  /// The paths of the files that keep their names.
  var rootPaths: [String] {
    byPath.values.filter { !$0.isImmutable }.map(\.path).sorted()
  }
}

/// Why a folder of assets cannot be served.
public struct AssetError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file at fault.
  public var file: String
  /// What is wrong with it.
  public var reason: String
  /// The file and the reason.
  public var description: String { "The asset \(file) \(reason)." }
}

/// Works out the addresses, referenced files first.
private struct AssetBuilder {
  let files: [String: [UInt8]]
  var finished: [String: AssetLibrary.Asset] = [:]
  private var underWay: Set<String> = []

  init(files: [String: [UInt8]]) {
    self.files = files
  }

  mutating func address(of name: String, from referrer: String) throws(AssetError) -> String {
    if let asset = finished[name] { return asset.path }
    guard var bytes = files[name] else {
      throw AssetError(file: referrer, reason: "refers to \(name), which is not there")
    }
    guard underWay.insert(name).inserted else {
      throw AssetError(file: name, reason: "refers to itself through \(referrer)")
    }
    defer { underWay.remove(name) }
    let references = AssetReferences(file: name)
    if references.isRewritten, let text = String(validating: bytes, as: UTF8.self) {
      bytes = Array(
        try references.rewrite(text) { (target) throws(AssetError) in
          try address(of: target, from: name)
        }.utf8
      )
    }
    let asset = Self.asset(name, bytes)
    finished[name] = asset
    return asset.path
  }

  private static func asset(_ name: String, _ bytes: [UInt8]) -> AssetLibrary.Asset {
    let digest = SHA256.hash(data: bytes).prefix(8)
    let hash = String(
      decoding: digest.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] },
      as: UTF8.self
    )
    let isRoot = name.hasPrefix("root/")
    return AssetLibrary.Asset(
      path: isRoot ? String(name.dropFirst(4)) : "/assets/" + hashed(name, hash),
      contentType: MediaTypes.contentType(ofFile: name),
      content: ByteBuffer(bytes: bytes),
      tag: EntityTag(strong: hash),
      isImmutable: !isRoot
    )
  }

  private static func hashed(_ name: String, _ hash: String) -> String {
    let folderEnd = name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex
    guard let dot = name[folderEnd...].lastIndex(of: ".") else { return "\(name).\(hash)" }
    return "\(name[..<dot]).\(hash)\(name[dot...])"
  }
}
