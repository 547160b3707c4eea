import ArgumentParser
import ArtelCluster
import ArtelTelemetry
import Foundation

/// The program: `artel serve` runs everything, the other commands are for operators.
///
/// This target is the composition root, the only place that knows all apps.
@main
struct Artel: AsyncParsableCommand {
  /// Runs the command and ends the process with one of the documented exit codes.
  static func main() async {
    raiseFileLimit()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let error as Settings.Invalid {
      fail(error, code: 64)
    } catch let error as ClusterError where error.code == .directoryInUse {
      fail(error, code: 75)
    } catch {
      exit(withError: error)
    }
  }

  /// Takes as many open files as are allowed: each connection is one, and systems begin with 1,024.
  private static func raiseFileLimit() {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }

  private static func fail(_ error: any Error, code: Int32) -> Never {
    LineWriter.standardError.write("Error: \(error)\n")
    Foundation.exit(code)
  }

  private static var commands: [any ParsableCommand.Type] {
    let commands: [any ParsableCommand.Type] = [
      ServeCommand.self, MigrateCommand.self, MemberCommand.self, KeysCommand.self,
      EventsCommand.self, JobsCommand.self, LogCommand.self, StorageCommand.self,
      SearchCommand.self, ImportCommand.self, DemoCommand.self,
      BackupCommand.self, RestoreCommand.self, VerifyBackupCommand.self, BenchCommand.self,
      OpenAPICommand.self,
    ]
    #if DEBUG
      return commands + [CrashPointsCommand.self]
    #else
      return commands
    #endif
  }

  static let configuration = CommandConfiguration(
    commandName: "artel",
    abstract: "A home for a community: one account, several apps, one PostgreSQL.",
    discussion: """
      Every option can also be set in the environment: --host is ARTEL_HOST, --port is ARTEL_PORT,
      --data is ARTEL_DATA. A flag wins over the environment.

      Exit codes: 0 done; 1 failed, with the reason on standard error; 64 a wrong option or setting;
      75 another Artel runs on this data.
      """,
    version: Version.current,
    subcommands: commands,
    defaultSubcommand: ServeCommand.self
  )
}
