import Foundation

/// The id types that contracts declare, by the module that declares them.
struct IdentifierTypes {
  private var modules: [String: [String]] = [:]

  /// Knows no contract: every id is declared beside its row.
  init() {}

  /// Finds every `public typealias XID =` under a folder that has one subfolder for each contract.
  init(searching folder: URL) throws {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let paths = files?.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
    for file in paths.sorted(by: { $0.path < $1.path }) {
      let module = file.pathComponents[folder.pathComponents.count]
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /public typealias (\w+ID)\s*=/) {
        modules[String(match.1), default: []].append(module)
      }
    }
  }

  /// The module that declares `name`: the context's own contract before any other.
  ///
  /// - Throws: When several other contracts declare it, so that nobody can tell which is meant.
  func module(of name: String, for context: String) throws -> String? {
    guard let candidates = modules[name] else { return nil }
    let own = "\(context)Contract"
    if candidates.contains(own) { return own }
    guard candidates.count == 1 else {
      throw GenerateError("\(name) is declared by \(candidates.joined(separator: " and "))")
    }
    return candidates[0]
  }
}
