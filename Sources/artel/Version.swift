/// The version of the program, as `artel --version`, metrics, traces and faults name it.
enum Version {
  /// By semantic versioning, with `-dev` until it is released; `bin/release` writes it.
  static let current = "0.1.0-dev"
}
