import ArgumentParser
import ArtelCluster
import ArtelPostgres
import Foundation

/// Writes the rows and the schema dump of each context from its migrated schema.
///
/// Links no app: a broken row file cannot stop the build that would mend it.
@main
struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "artel-generate",
    abstract: "Write Rows/*.swift and schema.sql of each context from its migrations.",
    discussion: """
      Migrates an empty database in a private cluster of its own, reads the catalogs and writes a \
      struct for each table.

      Names: posts becomes Post, author_id authorID. A uuid is PostID as the key id of posts, the \
      referenced id as a foreign key, and AlbumID as album_id where a contract declares that. Where \
      a rule does not fit, the comment of the table or column says the Swift type on a line of its \
      own: @type MediaFile.

      The initializer has a default argument for each default of the schema that Swift can say: \
      constants, now(), a key of its own, null. Identities and generated columns are made by the \
      database; computed search vectors are left out.

      Exit codes: 0 done, or nothing to do; 1 a file differs (--check), a migration fails, or a \
      schema cannot be turned into rows.
      """
  )

  @Argument(
    help: "Folders to search for Migrations; default the apps and the schemas of the tests."
  )
  var folders = [
    "Sources/Apps", "Tests/PlatformTests/ArtelModelTests", "Tests/PlatformTests/GuideTests",
  ]

  @Flag(help: "Write nothing; name the files that differ and exit with 1.")
  var check = false

  @Option(help: "The folder with a subfolder for each contract; apps use its id types.")
  var contracts = "Sources/Contracts"

  func run() async throws {
    PostgresEnvironment.clear()
    let contexts = folders.flatMap { Context.all(below: URL(filePath: $0)) }
    guard !contexts.isEmpty else {
      throw GenerateError("there are no Migrations below \(folders.joined(separator: ", "))")
    }
    let identifiers = try IdentifierTypes(searching: URL(filePath: contracts))
    var drifted: [String] = []
    try await MigratedDatabases.with(contexts) { databases in
      for context in contexts {
        let files = try await context.files(
          context.isApp ? identifiers : IdentifierTypes(),
          in: databases
        )
        let drifts = try context.drift(from: files)
        drifted += drifts.map { "\(context.folder.relativePath)/\($0.path)" }
        if !check { try context.apply(drifts) }
      }
    }
    guard !drifted.isEmpty else { return }
    print(drifted.map { check ? "differs: \($0)" : "wrote: \($0)" }.joined(separator: "\n"))
    guard check else { return }
    print("These files do not match the migrations. Run bin/generate and commit what it writes.")
    throw ExitCode(1)
  }
}

extension Context {
  /// What the context's folder should contain, by path.
  fileprivate func files(
    _ identifiers: IdentifierTypes,
    in databases: MigratedDatabases
  ) async throws -> [String: String] {
    let schema = try await databases.withDatabase(of: self) {
      try await Schema(readingFrom: $0, without: MigratedDatabases.bookkeeping)
    }
    var files = ["schema.sql": try await databases.dump(of: self)]
    for type in try RowTypes(schema, context: name, identifiers: identifiers).types {
      let file = RowFile(type)
      files["Rows/\(file.name)"] = file.text
    }
    for enumeration in schema.enumerations {
      let file = EnumerationFile(enumeration: enumeration)
      files["Rows/\(file.name)"] = file.text
    }
    return files
  }
}
