import FoundationEssentials

/// Finds files of the checkout from where a test was compiled.
public enum SourceTree {
  /// The folder with `Package.swift` above `filePath`.
  public static func root(from filePath: String = #filePath) -> String {
    var folder = filePath[...]
    while let slash = folder.lastIndex(of: "/") {
      folder = folder[..<slash]
      if FileManager.default.fileExists(atPath: "\(folder)/Package.swift") { return String(folder) }
    }
    preconditionFailure("no Package.swift above \(filePath)")
  }

  /// The migrations of a context: those in `Sources/Apps/<Context>/Migrations`.
  public static func migrations(of context: String, from filePath: String = #filePath) -> String {
    let app = context.prefix(1).uppercased() + context.dropFirst()
    return "\(root(from: filePath))/Sources/Apps/\(app)/Migrations"
  }
}
