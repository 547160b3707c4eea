import ArgumentParser
import ArtelMigrations

/// Brings the schema up to date: `artel migrate`.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Bring every database to the newest schema, or look what is missing."
  )

  @Flag(help: "Change nothing; fail when a migration is missing or was edited.")
  var check = false

  @Flag(help: "Change nothing; list what would be applied.")
  var plan = false

  @OptionGroup var options: DataOptions

  func run() async throws {
    try await options.withStage(.besideServer) { stage in
      try await stage.requireUsableServer()
      for context in Stage.contexts {
        let migrator = try stage.migrator(context)
        if check {
          try await migrator.check()
          print("\(context): up to date")
        } else if plan {
          let pending = try await migrator.plan().pending
          print(
            "\(context): \(pending.isEmpty ? "up to date" : pending.map(\.name).joined(separator: ", "))"
          )
        } else {
          let applied = try await migrator.apply()
          print(
            "\(context): \(applied.isEmpty ? "up to date" : applied.map(\.name).joined(separator: ", "))"
          )
        }
      }
    }
  }
}
