import Glibc

/// libpq's settings in the environment of this process.
public enum PostgresEnvironment {
  /// Takes every `PG…` variable out of the environment.
  ///
  /// Settings such as `PGOPTIONS`, `PGSERVICE` or `PGTARGETSESSIONATTRS` that a shell exports for
  /// another server would reach the private cluster otherwise. Call it before any thread starts.
  public static func clear() {
    var names: [String] = []
    var entry = environ
    while let text = entry.pointee {
      let name = String(cString: text).prefix { $0 != "=" }
      if name.hasPrefix("PG") { names.append(String(name)) }
      entry += 1
    }
    for name in names { unsetenv(name) }
  }
}
