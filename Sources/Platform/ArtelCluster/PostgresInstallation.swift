/// The programs of one installed PostgreSQL.
public struct PostgresInstallation: Hashable, Sendable {
  /// The oldest supported major version.
  public static let oldestMajorVersion = 15

  /// The major version, such as 15.
  public let majorVersion: Int

  /// The directory of its programs, such as `/usr/lib/postgresql/15/bin`.
  public let directory: String

  /// The path of one of its programs.
  public func path(of program: String) -> String {
    "\(directory)/\(program)"
  }

  /// Lists the supported versions below `root`, newest first.
  ///
  /// - `root`: Holds one folder for each major version, as Debian lays them out.
  public static func all(in root: String = "/usr/lib/postgresql") -> [PostgresInstallation] {
    (SystemCall.names(in: root) ?? [])
      .compactMap(Int.init)
      .filter { $0 >= oldestMajorVersion }
      .map { PostgresInstallation(majorVersion: $0, directory: "\(root)/\($0)/bin") }
      .filter { SystemCall.status(of: $0.path(of: "postgres")) != nil }
      .sorted { $0.majorVersion > $1.majorVersion }
  }

  /// The newest supported version below `root`.
  ///
  /// - Throws: ``ClusterError/Code/postgresMissing`` with the package to install.
  public static func newest(in root: String = "/usr/lib/postgresql") throws -> PostgresInstallation
  {
    guard let newest = all(in: root).first else {
      throw ClusterError(
        .postgresMissing,
        "No PostgreSQL \(oldestMajorVersion) or newer in \(root). Install it with "
          + "`apt-get install postgresql postgresql-contrib`, or run bin/setup."
      )
    }
    return newest
  }

  /// The installation that can open an existing cluster: the one with its major version.
  ///
  /// A newer version beside it is not used: a cluster does not change its major version by itself.
  ///
  /// - Throws: ``ClusterError/Code/otherMajorVersion`` with the ways to go on;
  ///   ``ClusterError/Code/directoryUnusable`` when the directory does not tell its version.
  static func opening(cluster directory: String, in root: String) throws -> PostgresInstallation {
    let text = SystemCall.contents(of: directory + "/PG_VERSION") ?? ""
    let version = String(text.prefix { !$0.isWhitespace })
    guard let number = Int(version), number > 0 else {
      throw ClusterError(
        .directoryUnusable,
        "\(directory) is not a whole PostgreSQL cluster: its file PG_VERSION is missing or unreadable. Move "
          + "that directory away and `artel restore` your last backup. Nothing was changed."
      )
    }
    if let match = all(in: root).first(where: { $0.majorVersion == number }) {
      return match
    }
    let newest = try newest(in: root)
    throw ClusterError(
      .otherMajorVersion,
      "The databases in \(directory) belong to PostgreSQL \(version), but \(newest.majorVersion) is "
        + "installed. Either install the old version again (`apt-get install postgresql-\(version)`) and the "
        + "server starts as before; or upgrade: start it with the old version, `artel backup --to DIRECTORY`, "
        + "then `artel restore` that directory into an empty directory with the new version. Nothing was changed."
    )
  }
}
