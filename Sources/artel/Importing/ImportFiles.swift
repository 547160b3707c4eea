import ArgumentParser
import ArtelConcurrency
import ArtelPictures
import ArtelUploads
import Foundation

/// Finds the files that another system names by paths or addresses.
struct ImportFiles: Sendable {
  let places: [Place]
  let fetcher: FileFetcher
  let limitBytes: Int
  /// Where fetched files are until they are used.
  let folder: String
  let pool: BlockingPool

  /// Where files may be.
  enum Place: Sendable {
    /// A folder on this machine, by its real path.
    case folder(String)
    /// A site, by the beginning of its addresses.
    case site(String)

    /// - Throws: `ValidationError` for what is neither.
    init(_ text: String) throws {
      if text.hasPrefix("http://") || text.hasPrefix("https://") {
        self = .site(text.hasSuffix("/") ? String(text.dropLast()) : text)
      } else if let path = ImportFiles.realPath(text), ImportFiles.isFolder(path) {
        self = .folder(path)
      } else {
        throw ValidationError(
          "--files is not valid: a folder that this user may read, or an http:// address (\(text))"
        )
      }
    }
  }

  /// A file that was found.
  struct Found: Sendable {
    let path: String
    /// Whether it is to be removed once it was used.
    let isFetched: Bool

    func remove() {
      if isFetched { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  /// Why there is no file.
  struct Refusal: Error {
    let reason: String
  }

  /// Finds the file that `address` names in one of the places, in their order.
  ///
  /// In a folder, what stands in front of the file's own place there may be missing: `/uploads/a.jpg` is
  /// found as `a.jpg` too. Nothing outside of the folder is touched. Addresses are fetched only where one
  /// of the places is a site, and only from public ones unless `ARTEL_FETCH_FROM` says otherwise.
  ///
  /// - Throws: ``Refusal``; `BlockingPoolError`.
  func file(at address: String) async throws -> Found {
    let parts = try Self.parts(of: address)
    var refusal = Refusal(reason: "file_missing")
    for place in places {
      switch place {
      case .folder(let folder):
        let path = try await pool.run { Self.find(parts, in: folder) }
        if let path { return Found(path: path, isFetched: false) }
      case .site(let base):
        do {
          return try await fetch(Self.isAbsolute(address) ? address : Self.address(parts, at: base))
        } catch let error as Refusal {
          refusal = error
        }
      }
    }
    throw refusal
  }

  private func fetch(_ address: String) async throws -> Found {
    let path = "\(folder)/\(UUID())"
    do {
      _ = try await fetcher.fetch(address, to: path, limitBytes: limitBytes) {
        AcceptedPicture(startingWith: $0) != nil
      }
      return Found(path: path, isFetched: true)
    } catch let error as FetchError {
      try? FileManager.default.removeItem(atPath: path)
      switch error {
      case .unreachable: throw Refusal(reason: "file_unreachable")
      case .tooLarge: throw Refusal(reason: "picture_too_large")
      case .tooSlow: throw Refusal(reason: "file_too_slow")
      case .type: throw Refusal(reason: "picture_unsupported_type")
      }
    }
  }

  /// The folders and the name of the file, without the site and what stands behind `?` or `#`.
  ///
  /// - Throws: ``Refusal`` for none, and for one that leads upwards.
  static func parts(of address: String) throws(Refusal) -> [String] {
    var path = address[...]
    if isAbsolute(address), let site = path.firstRange(of: "://") {
      path = path[site.upperBound...].drop { $0 != "/" }
    }
    path = path.prefix { $0 != "?" && $0 != "#" }
    let plain = (path.removingPercentEncoding ?? String(path)).replacing("\\", with: "/")
    let parts = plain.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !parts.isEmpty else { throw Refusal(reason: "file_missing") }
    guard !parts.contains(".."), !plain.utf8.contains(0) else {
      throw Refusal(reason: "file_outside")
    }
    return parts
  }

  private static func isAbsolute(_ address: String) -> Bool {
    let start = address.prefix(8).lowercased()
    return start.hasPrefix("http://") || start.hasPrefix("https://")
  }

  private static func address(_ parts: [String], at base: String) -> String {
    let escaped = parts.map {
      $0.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? $0
    }
    return "\(base)/\(escaped.joined(separator: "/"))"
  }

  /// The real path of a file in a folder, whatever of its beginning is missing there.
  private static func find(_ parts: [String], in folder: String) -> String? {
    for dropped in 0..<min(parts.count, 8) {
      let rest = parts[dropped...].joined(separator: "/")
      // Links are followed before it is asked where they lead.
      guard let path = realPath("\(folder)/\(rest)"), path.hasPrefix("\(folder)/") else { continue }
      if kind(of: path) == .typeRegular { return path }
    }
    return nil
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func isFolder(_ path: String) -> Bool {
    kind(of: path) == .typeDirectory
  }

  private static func kind(of path: String) -> FileAttributeType? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType
  }
}
