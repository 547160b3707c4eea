import ArgumentParser

/// Fills an installation to look at or to measure: `artel demo`.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Fill an installation with made-up members and posts; the server must not run.",
    discussion: """
      Without --scale it does what `artel serve --demo` does before it serves. With it, a crowd is made: \
      by default 100,000 members with 1,000,000 posts, 10,000,000 votes, comments, tags, albums, follows \
      and reports, which takes some minutes and 10 GB of disk. Every member of it has the same password, \
      so keep it from others. Broken off, it is begun anew by the next one; what one app has made \
      wholly stays. An empty data directory starts anew.

      Exit codes: 0 done; 1 people have signed up here, or there is a crowd of another size; 64 a wrong \
      size; 75 a server runs on this data.
      """
  )

  @Option(
    defaultAsFlag: "",
    parsing: .next,
    help: ArgumentHelp(
      "Make a crowd; members=100000,posts=1000000,votes=10000000 unless it says otherwise.",
      valueName: "members=…,posts=…,votes=…"
    )
  )
  var scale: String?

  @Flag(help: "Also where people have signed up, who then live among the crowd.")
  var force = false

  @OptionGroup var options: DataOptions

  func validate() throws {
    if let scale { _ = try DemoScale(scale) }
    if force, scale == nil { throw ValidationError("--force goes with --scale") }
  }

  func run() async throws {
    let scale = try scale.map { try DemoScale($0) }
    try await options.withStage(.serving) { stage in
      try await stage.migrate()
      let installation = try await Installation(on: stage, executable: DataOptions.executable)
      do {
        if let scale {
          try await FillAtScale(installation: installation, scale: scale, isForced: force).fill()
        } else {
          try await FillWithDemo(installation: installation).fill()
        }
      } catch {
        await installation.close()
        throw error
      }
      await installation.close()
    }
  }
}
