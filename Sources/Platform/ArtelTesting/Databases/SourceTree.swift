public import ArtelMigrations
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

  /// The migrations of the platform's parts, each in the schema that has its name.
  public static func platformMigrations(from filePath: String = #filePath) throws
    -> [MigrationSeries]
  {
    let platform = "\(root(from: filePath))/Sources/Platform"
    return try FileManager.default.contentsOfDirectory(atPath: platform).sorted()
      .filter { FileManager.default.fileExists(atPath: "\(platform)/\($0)/Migrations") }
      .map {
        try MigrationSeries(
          schema: String($0.lowercased().trimmingPrefix("artel")),
          directory: "\(platform)/\($0)/Migrations"
        )
      }
  }

  /// The migrations of a context: those in `Sources/Apps/<Context>/Migrations`.
  public static func migrations(of context: String, from filePath: String = #filePath) -> String {
    let app = context.prefix(1).uppercased() + context.dropFirst()
    return "\(root(from: filePath))/Sources/Apps/\(app)/Migrations"
  }
}
