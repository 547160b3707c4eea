import ArtelTesting
import Foundation

/// The schema of `Zoo/Migrations`, which has every form that rows can take.
enum Zoo {
  /// An empty database of the test's own.
  static func database() async throws -> TestDatabase {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let migrations = tests.appending(path: "Zoo/Migrations")
    return try await TestDatabase.make(context: "zoo", migrations: migrations.path)
  }
}
