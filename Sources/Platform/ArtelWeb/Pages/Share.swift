public import ArtelConcurrency
import FoundationEssentials
public import Logging
import Synchronization

/// The folder with templates, texts and assets, loaded into memory.
///
/// Layout: `templates/**/*.mustache`, `strings/en.json`, `strings/ru.json`, `assets/**`.
public final class Share: Sendable {
  /// Everything that was loaded, as one consistent state.
  struct Contents: Sendable {
    var templates = TemplateLibrary.empty
    var strings = StringCatalog.empty
    var assets = AssetLibrary.empty
  }

  private struct State {
    var contents: Contents
    var fingerprint: [String: Date]
  }

  private let folder: String
  private let isDevelopment: Bool
  private let pool: BlockingPool
  private let logger: Logger
  private let state: Mutex<State>

  /// Loads the folder.
  ///
  /// - Parameters:
  ///   - folder: The path of the folder.
  ///   - isDevelopment: Whether every page first looks for changed files; default false.
  ///   - pool: Reads the files.
  ///   - logger: Told of missing texts and of files that cannot be loaded again.
  /// - Throws: ``TemplateError``, ``StringCatalogError``, ``AssetError``, or the error of the file
  ///   system.
  public init(
    folder: String,
    isDevelopment: Bool = false,
    pool: BlockingPool,
    logger: Logger
  ) async throws {
    self.folder = folder
    self.isDevelopment = isDevelopment
    self.pool = pool
    self.logger = logger
    state = Mutex(
      try await pool.run {
        State(
          contents: try Self.load(folder, logger),
          fingerprint: isDevelopment ? Self.fingerprint(folder) : [:]
        )
      }
    )
  }

  /// The texts.
  public var strings: StringCatalog { contents.strings }

  /// The assets.
  public var assets: AssetLibrary { contents.assets }

  var contents: Contents { state.withLock(\.contents) }

  /// Loads the folder again when a file changed, in development; else returns at once.
  func refresh() async {
    guard isDevelopment else { return }
    do {
      let (folder, logger) = (folder, logger)
      let known = state.withLock(\.fingerprint)
      let fresh: State? = try await pool.run {
        let fingerprint = Self.fingerprint(folder)
        guard fingerprint != known else { return nil }
        return State(contents: try Self.load(folder, logger), fingerprint: fingerprint)
      }
      if let fresh { state.withLock { $0 = fresh } }
    } catch {
      logger.warning("The shared files cannot be loaded again.", metadata: ["error": "\(error)"])
    }
  }

  private static func load(_ folder: String, _ logger: Logger) throws -> Contents {
    var templates: [String: String] = [:]
    for (name, bytes) in try files(in: folder + "/templates") where name.hasSuffix(".mustache") {
      templates[String(name.dropLast(9))] = String(decoding: bytes, as: UTF8.self)
    }
    var texts: [Language: JSONValue] = [:]
    for language in Language.allCases {
      let file = "\(folder)/strings/\(language.rawValue).json"
      let bytes = try Data(contentsOf: URL(filePath: file))
      do {
        texts[language] = try JSONValue(parsing: bytes)
      } catch {
        throw StringCatalogError(key: file, reason: "is no JSON: \(error)")
      }
    }
    return Contents(
      templates: try TemplateLibrary(templates: templates),
      strings: try StringCatalog(texts, logger: logger),
      assets: try AssetLibrary(files: try files(in: folder + "/assets"))
    )
  }

  /// The regular files below a folder by path within it; none when there is no such folder.
  private static func files(in folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try names(in: folder) {
      files[name] = Array(try Data(contentsOf: URL(filePath: folder + "/" + name)))
    }
    return files
  }

  private static func names(in folder: String) throws -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
      return []
    }
    return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
      var isFolder = false
      let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      return !isHidden
        && FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
        && !isFolder
    }
  }

  private static func fingerprint(_ folder: String) -> [String: Date] {
    var dates: [String: Date] = [:]
    for part in ["templates", "strings", "assets"] {
      for name in (try? names(in: "\(folder)/\(part)")) ?? [] {
        let path = "\(folder)/\(part)/\(name)"
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        dates[path] = attributes?[.modificationDate] as? Date
      }
    }
    return dates
  }
}
